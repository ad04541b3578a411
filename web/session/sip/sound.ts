let context: AudioContext | undefined

/** One for the page: browsers count them. */
function audioContext(): AudioContext {
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
  return context
}

/** A cadence in seconds: on, off, on, off … repeated. */
export type Cadence = { readonly hz: readonly number[]; readonly pattern: readonly number[]; readonly level: number }

/** The Chinese ring-back tone (YD/T 1314: 450 Hz, 1 s on, 4 s off). */
export const RING_BACK: Cadence = { hz: [450], pattern: [1, 4], level: 0.08 }
/** A phone that rings: two warbling bursts. */
export const RING: Cadence = { hz: [660, 880], pattern: [0.4, 0.2, 0.4, 2], level: 0.14 }

/** Another call comes while one talks: two soft beeps. */
export const CALL_WAITING: Cadence = { hz: [450], pattern: [0.15, 0.12, 0.15, 4.5], level: 0.05 }

/** Sounds until it is stopped. */
export function playCadence(cadence: Cadence, ctx: AudioContext = audioContext()): () => void {
  const gate = ctx.createGain()
  gate.gain.value = 0
  gate.connect(ctx.destination)
  const oscillators = cadence.hz.map((hz) => {
    const oscillator = ctx.createOscillator()
    oscillator.frequency.value = hz
    oscillator.connect(gate)
    oscillator.start()
    return oscillator
  })
  const periodS = cadence.pattern.reduce((sum, seconds) => sum + seconds, 0)
  const ring = () => {
    let at = ctx.currentTime
    cadence.pattern.forEach((seconds, index) => {
      // Ramps instead of steps: no click.
      gate.gain.setTargetAtTime(index % 2 === 0 ? cadence.level : 0, at, 0.01)
      at += seconds
    })
  }
  ring()
  const timer = setInterval(ring, periodS * 1000)
  return () => {
    clearInterval(timer)
    for (const oscillator of oscillators) oscillator.stop()
    gate.disconnect()
  }
}

/** What somebody hears who listens to this page's caller. */
export type Heard = { readonly hz: number; readonly dbfs: number }

const ELEMENT_ID = 'remote-audio'
let analyser: AnalyserNode | undefined
let source: MediaStreamAudioSourceNode | undefined

/** Plays the other party through the page's one audio element. `null`: nobody. */
export function playRemote(stream: MediaStream | null): void {
  const element = remoteAudio()
  source?.disconnect()
  source = undefined
  analyser = undefined
  element.srcObject = stream
  if (!stream) return
  void element.play().catch(() => undefined)
  const ctx = audioContext()
  analyser = ctx.createAnalyser()
  analyser.fftSize = 8192
  analyser.smoothingTimeConstant = 0
  source = ctx.createMediaStreamSource(stream)
  source.connect(analyser)
}

/** The strongest frequency in what is heard now (resolution about 6 Hz); `null` when nobody is heard. */
export function hear(): Heard | null {
  if (!analyser) return null
  const levels = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(levels)
  const loudest = levels.reduce((best, level, bin) => (bin > 2 && level > (levels[best] ?? -Infinity) ? bin : best), 3)
  return { hz: (loudest * analyser.context.sampleRate) / analyser.fftSize, dbfs: levels[loudest] ?? -Infinity }
}

function remoteAudio(): HTMLAudioElement {
  const found = document.getElementById(ELEMENT_ID)
  if (found instanceof HTMLAudioElement) return found
  const element = document.createElement('audio')
  element.id = ELEMENT_ID
  element.autoplay = true
  document.body.append(element)
  return element
}

declare global {
  interface Window {
    /** For the end-to-end tests: an ear in the page. */
    __tandem?: { hear(): Heard | null }
  }
}
window.__tandem = { hear }
