import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const samplesPerSecond = 8_000

/** A stretch of sound: its sines, in Hz and in parts of full scale; none is silence. */
type Stretch = { ms: number; tones: readonly { hz: number; level: number }[] }

const beep = { ms: 180, tones: [{ hz: 1_400, level: 0.4 }] }
const silence = (ms: number): Stretch => ({ ms, tones: [] })

/** What callers hear, by file name without extension. Tones only: they are the same in every language. */
const prompts: Record<string, readonly Stretch[]> = {
  'minutes-warning': [beep, silence(120), beep, silence(300)],
  // A key said back by the simulated carrier's test number: 400 Hz + 100 Hz × its place in this row.
  ...Object.fromEntries([...'0123456789'].map((key, place) => [`key-${key}`, keyTone(place)])),
  'key-star': keyTone(10),
  'key-hash': keyTone(11),
}

function keyTone(place: number): readonly Stretch[] {
  return [{ ms: 400, tones: [{ hz: 400 + 100 * place, level: 0.5 }] }, silence(100)]
}

/** An arpeggio over a steady 700 Hz, which stays its loudest tone at every instant. */
const holdMelody: readonly Stretch[] = [875, 1_050, 1_400, 1_050, 875, 1_050, 1_400, 1_750].map((hz) => ({
  ms: 500,
  tones: [
    { hz: 700, level: 0.3 },
    { hz, level: 0.06 },
  ],
}))

export function writeSounds(folders: { sounds: string; musicOnHold: string }): void {
  for (const [name, stretches] of Object.entries(prompts)) writeOnce(join(folders.sounds, `${name}.wav`), stretches)
  writeOnce(join(folders.musicOnHold, 'melody.wav'), holdMelody)
}

function writeOnce(path: string, stretches: readonly Stretch[]): void {
  if (!existsSync(path)) writeFileSync(path, waveOf(stretches))
}

/** RIFF WAVE, 16-bit PCM, mono: what format_wav of Asterisk reads. */
function waveOf(stretches: readonly Stretch[]): Buffer {
  const samples = Buffer.concat(stretches.map(samplesOf))
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16) // Length of the format chunk.
  header.writeUInt16LE(1, 20) // PCM.
  header.writeUInt16LE(1, 22) // One channel.
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(2 * samplesPerSecond, 28) // Bytes per second.
  header.writeUInt16LE(2, 32) // Bytes per sample.
  header.writeUInt16LE(16, 34) // Bits per sample.
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

function samplesOf(stretch: Stretch): Buffer {
  const count = Math.round((stretch.ms * samplesPerSecond) / 1_000)
  const samples = Buffer.alloc(2 * count)
  for (let at = 0; at < count; at++) {
    const level = stretch.tones.reduce(
      (sum, tone) => sum + tone.level * Math.sin((2 * Math.PI * tone.hz * at) / samplesPerSecond),
      0,
    )
    samples.writeInt16LE(Math.round(32_767 * level * fade(at, count)), 2 * at)
  }
  return samples
}

/** 5 ms at either end, or a listener hears a click. */
function fade(at: number, count: number): number {
  const ramp = samplesPerSecond / 200
  return Math.min(1, at / ramp, (count - at) / ramp)
}
