import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

const SAMPLES_PER_MS = 8
const PACKET_MS = 20
const ALAW = 8
const REMEMBERED_PACKETS = 200
const TELEPHONE_EVENT = 101
const KEYS = '0123456789*#ABCD'

/** One G.711 A-law stream in each direction: sends a tone, remembers what it hears. */
export class RtpStream {
  readonly #socket: Socket
  /** The last seconds, packet by packet. */
  #heard: { readonly at: number; readonly samples: readonly number[] }[] = []
  #packets = 0
  readonly #keys: string[] = []
  #lastKeyAt = -1
  #toneHz = 0
  #sequence = 0
  #time = 0
  #timer: NodeJS.Timeout | null = null
  #isGone = false
  #target: { readonly host: string; readonly port: number } | null = null

  static async open(host: string): Promise<RtpStream> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    return new RtpStream(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (packet: Buffer, _from: RemoteInfo) => this.#receive(packet))
    socket.on('error', () => undefined)
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** The keys of the other side, as RFC 4733 events. */
  get keys(): string {
    return this.#keys.join('')
  }

  get packetsHeard(): number {
    return this.#packets
  }

  /** 0 = silence. */
  play(toneHz: number): void {
    this.#toneHz = toneHz
  }

  sendTo(target: { readonly host: string; readonly port: number }): void {
    this.#target = target
    if (this.#timer !== null || this.#isGone) return
    const startedAt = performance.now()
    this.#timer = setInterval(() => {
      while (this.#time < (performance.now() - startedAt) * SAMPLES_PER_MS) this.#sendPacket()
    }, 5)
  }

  /** A party that is gone without a word: no packets, no goodbye, whatever is agreed upon later. */
  pause(): void {
    this.#isGone = true
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  press(key: string): void {
    const at = this.#time
    for (let step = 1; step <= 6; step++) {
      const event = Buffer.from([KEYS.indexOf(key), step > 3 ? 0x8a : 0x0a, 0, 0])
      event.writeUInt16BE(step * 160, 2)
      this.#send(event, { type: TELEPHONE_EVENT, isMarked: step === 1, time: at })
    }
  }

  /**
   * Loudness of one frequency in the last `lastMs`: amplitude as a share of full scale, 0–1. Time without packets
   * counts as silence.
   */
  loudness(hz: number, lastMs = 200): number {
    const since = performance.now() - lastMs
    const samples = this.#heard.filter((packet) => packet.at >= since).flatMap((packet) => packet.samples)
    const step = (2 * Math.PI * hz) / (SAMPLES_PER_MS * 1000)
    let real = 0
    let imaginary = 0
    samples.forEach((sample, index) => {
      real += sample * Math.cos(step * index)
      imaginary += sample * Math.sin(step * index)
    })
    return (2 * Math.hypot(real, imaginary)) / Math.max(samples.length, lastMs * SAMPLES_PER_MS) / 32_768
  }

  close(): void {
    this.pause()
    this.#socket.close()
  }

  #sendPacket(): void {
    const payload = Buffer.alloc(SAMPLES_PER_MS * PACKET_MS)
    for (let index = 0; index < payload.length; index++) {
      const phase = (2 * Math.PI * this.#toneHz * (this.#time + index)) / (SAMPLES_PER_MS * 1000)
      payload[index] = alawFromLinear(this.#toneHz === 0 ? 0 : Math.round(8000 * Math.sin(phase)))
    }
    this.#send(payload, { type: ALAW, isMarked: false, time: this.#time })
    this.#time += payload.length
  }

  #send(
    payload: Buffer,
    { type, isMarked, time }: { readonly type: number; readonly isMarked: boolean; readonly time: number },
  ): void {
    if (this.#target === null) return
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = type | (isMarked ? 0x80 : 0)
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    header.writeUInt32BE(time >>> 0, 4)
    header.writeUInt32BE(0x7a4d, 8)
    this.#socket.send(Buffer.concat([header, payload]), this.#target.port, this.#target.host)
  }

  #receive(packet: Buffer): void {
    const type = packet[1]! & 0x7f
    const payload = packet.subarray(12 + 4 * (packet[0]! & 0x0f))
    if (type === ALAW) this.#keep([...payload].map(linearFromAlaw))
    if (type === TELEPHONE_EVENT && packet.readUInt32BE(4) !== this.#lastKeyAt) {
      this.#lastKeyAt = packet.readUInt32BE(4)
      this.#keys.push(KEYS[payload[0]!] ?? '?')
    }
  }

  #keep(samples: readonly number[]): void {
    this.#packets++
    this.#heard.push({ at: performance.now(), samples })
    if (this.#heard.length > REMEMBERED_PACKETS) this.#heard = this.#heard.slice(-REMEMBERED_PACKETS / 2)
  }
}

/** ITU-T G.711, A-law. */
function alawFromLinear(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80
  const size = Math.min(32_635, sample < 0 ? -sample - 1 : sample)
  let exponent = 7
  for (let mask = 0x4000; exponent > 0 && (size & mask) === 0; mask >>= 1) exponent--
  const value = exponent === 0 ? size >> 4 : (exponent << 4) | ((size >> (exponent + 3)) & 15)
  return (value | sign) ^ 0x55
}

function linearFromAlaw(byte: number): number {
  const value = byte ^ 0x55
  const exponent = (value & 0x70) >> 4
  const mantissa = (value & 15) << 4
  const size = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
  return (value & 0x80) === 0 ? -size : size
}
