/** SIP over WebSocket: one message a frame, and a SIP message of ours is far below what the engine takes. */
const longestPayload = 65_536

/** RFC 6455, 5.2: continuation, text, binary; close, ping, pong. */
const opcodes = new Set([0x0, 0x1, 0x2, 0x8, 0x9, 0xa])

/**
 * Reads the heads of WebSocket frames (RFC 6455, 5.2) in a stream and skips over what they carry: enough to know that
 * nothing else comes, and where something may be put in between.
 */
export class FrameReader {
  readonly #isMasked: boolean
  readonly #head = Buffer.alloc(14)
  #headBytes = 0
  #payloadLeft = 0

  /** A client masks its frames, a server does not. */
  constructor(from: 'client' | 'server') {
    this.#isMasked = from === 'client'
  }

  /** `false`: these are no frames; nothing more is to be read then. */
  take(chunk: Buffer): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= skipped
        at += skipped
        continue
      }
      this.#head[this.#headBytes++] = chunk[at++]!
      if (!this.#readHead()) return false
    }
    return true
  }

  get isBetweenFrames(): boolean {
    return this.#headBytes === 0 && this.#payloadLeft === 0
  }

  #readHead(): boolean {
    if (this.#headBytes < 2) return true
    const [first, second] = [this.#head[0]!, this.#head[1]!]
    if (this.#headBytes === 2 && !this.#isFrameStart(first, second)) return false
    const short = second & 0x7f
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0
    if (this.#headBytes < 2 + lengthBytes + (this.#isMasked ? 4 : 0)) return true
    const length =
      lengthBytes === 8 ? Number(this.#head.readBigUInt64BE(2)) : lengthBytes === 2 ? this.#head.readUInt16BE(2) : short
    this.#headBytes = 0
    this.#payloadLeft = length
    return length <= longestPayload
  }

  #isFrameStart(first: number, second: number): boolean {
    if ((first & 0x70) !== 0) return false // No extension was agreed upon.
    if (((second & 0x80) !== 0) !== this.#isMasked) return false
    const opcode = first & 0x0f
    const isControl = opcode >= 0x8
    // RFC 6455, 5.5: whole and short.
    return opcodes.has(opcode) && (!isControl || ((first & 0x80) !== 0 && (second & 0x7f) <= 125))
  }
}

/** RFC 6455, 5.5.2: an empty ping of a server. */
export const ping = Buffer.from([0x89, 0x00])
