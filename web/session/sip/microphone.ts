/** Why there is nothing to speak into. */
export type MicrophoneFault = 'denied' | 'missing' | 'busy' | 'insecure'

export class MicrophoneProblem extends Error {
  readonly fault: MicrophoneFault
  constructor(fault: MicrophoneFault) {
    super(`microphone ${fault}`)
    this.fault = fault
  }
}

/** Rejects with `MicrophoneProblem`. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers offer it on https and on this machine's own address only.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new MicrophoneProblem('insecure')
  try {
    return await devices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: false,
    })
  } catch (error) {
    throw new MicrophoneProblem(faultOf(error instanceof DOMException ? error.name : ''))
  }
}

export function closeMicrophone(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}

function faultOf(name: string): MicrophoneFault {
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'missing'
}
