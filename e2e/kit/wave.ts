import { writeFileSync } from 'node:fs'

const RATE_HZ = 48_000

/**
 * A WAVE file (16-bit PCM, mono, 48 kHz) with one tone in pulses of 400 ms and pauses of 100 ms: a browser takes a
 * tone without pauses for noise and suppresses it. Chromium repeats the file.
 */
export function writeTone(path: string, hz: number): void {
  const samples = Buffer.alloc(2 * RATE_HZ * 10)
  for (let at = 0; at < samples.length / 2; at++) {
    const isPause = at % (RATE_HZ / 2) >= RATE_HZ * 0.4
    const level = isPause ? 0 : 0.5 * Math.sin((2 * Math.PI * hz * at) / RATE_HZ)
    samples.writeInt16LE(Math.round(level * 32_767), 2 * at)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // channels
  header.writeUInt32LE(RATE_HZ, 24)
  header.writeUInt32LE(RATE_HZ * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  writeFileSync(path, Buffer.concat([header, samples]))
}
