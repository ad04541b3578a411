import { open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { maskLine } from './log-mask.ts'

/** How much of what a part says is kept. */
export type LogBounds = {
  /** Bytes after which a file is put aside, as `.1`, and a new one begun. */
  fileBytes: number
  /** The current one and those put aside; the oldest goes. */
  files: number
  /** Of a line; the rest of it is cut. */
  lineBytes: number
  /** What may come at once, and what is kept in each second after that. */
  burst: { lines: number; bytes: number }
  perSecond: { lines: number; bytes: number }
  /** What waits for the disk, in bytes; more is dropped, so that a slow disk never holds a part up. */
  waitingBytes: number
}

const usualBounds: LogBounds = {
  fileBytes: 10 * 1024 * 1024,
  files: 5,
  lineBytes: 16 * 1024,
  burst: { lines: 1_000, bytes: 1024 * 1024 },
  perSecond: { lines: 100, bytes: 64 * 1024 },
  waitingBytes: 2 * 1024 * 1024,
}

/** Tells a few lines of a flood that were dropped from one another, in the file. */
const reportMs = 1_000

export type LogOptions = {
  /** JSON lines of a part that masks what it writes are kept as they are; whatever else it says is masked. */
  writesMaskedJson?: boolean
  bounds?: Partial<LogBounds>
}

/** What one process says, in a file that is bounded in size and rate. The process is never kept waiting. */
export class LogFile {
  readonly #path: string
  readonly #isJson: boolean
  readonly #bounds: LogBounds
  readonly #left: { lines: number; bytes: number }
  #leftAt = performance.now()
  #dropped = 0
  #report: NodeJS.Timeout | undefined
  #waiting: string[] = []
  #waitingBytes = 0
  #writing: Promise<void> | null = null
  #open: { file: FileHandle; bytes: number } | null = null

  constructor(path: string, { writesMaskedJson = false, bounds = {} }: LogOptions = {}) {
    this.#path = path
    this.#isJson = writesMaskedJson
    this.#bounds = { ...usualBounds, ...bounds }
    this.#left = { ...this.#bounds.burst }
  }

  /** Resolves when the stream has ended and all that is kept of it is in the file. */
  follow(streams: readonly Readable[]): Promise<void> {
    const ends = streams.map((stream) => new Promise<void>((resolve) => this.#read(stream, resolve)))
    return Promise.all(ends).then(() => this.#close())
  }

  #read(stream: Readable, onEnd: () => void): void {
    const most = this.#bounds.lineBytes
    let partial = ''
    let isCut = false
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const lines = text.split('\n')
      lines.forEach((piece, at) => {
        if (!isCut) partial += piece
        if (partial.length > most) {
          partial = `${partial.slice(0, most)}…`
          isCut = true
        }
        if (at === lines.length - 1) return
        this.#take(partial)
        partial = ''
        isCut = false
      })
    })
    stream.once('error', () => {}) // It closes then.
    stream.once('close', () => {
      if (partial !== '') this.#take(partial)
      onEnd()
    })
  }

  #take(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    this.#refill()
    if (this.#left.lines < 1 || this.#left.bytes < bytes || this.#waitingBytes + bytes > this.#bounds.waitingBytes) {
      this.#dropped += 1
      this.#report ??= setTimeout(() => this.#tellDropped(), reportMs)
      return
    }
    this.#left.lines -= 1
    this.#left.bytes -= bytes
    this.#enqueue(this.#isJson && line.startsWith('{') ? line : maskLine(line))
  }

  #refill(): void {
    const now = performance.now()
    const seconds = (now - this.#leftAt) / 1_000
    this.#leftAt = now
    for (const unit of ['lines', 'bytes'] as const) {
      const refilled = this.#left[unit] + seconds * this.#bounds.perSecond[unit]
      this.#left[unit] = Math.min(this.#bounds.burst[unit], refilled)
    }
  }

  #tellDropped(): void {
    clearTimeout(this.#report)
    this.#report = undefined
    if (this.#dropped === 0) return
    const time = new Date().toISOString()
    const msg = `${this.#dropped} lines dropped: more than the log takes`
    this.#dropped = 0
    this.#enqueue(this.#isJson ? JSON.stringify({ level: 'warn', time, msg }) : `${time} ${msg}`)
  }

  #enqueue(line: string): void {
    this.#waiting.push(`${line}\n`)
    this.#waitingBytes += Buffer.byteLength(line) + 1
    this.#writing ??= this.#write().finally(() => (this.#writing = null))
  }

  /** What can't be written, for the disk is full, is dropped and told when there is room again. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#nextLines()
      const text = lines.join('')
      try {
        const file = await this.#fileFor(Buffer.byteLength(text))
        await file.appendFile(text)
      } catch {
        this.#dropped += lines.length
        this.#report ??= setTimeout(() => this.#tellDropped(), reportMs)
      }
      this.#waitingBytes -= Buffer.byteLength(text)
    }
  }

  /** As many as go into one file, and one at least. */
  #nextLines(): string[] {
    let bytes = 0
    const end = this.#waiting.findIndex(
      (line, at) => (bytes += Buffer.byteLength(line)) > this.#bounds.fileBytes && at > 0,
    )
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  async #fileFor(bytes: number): Promise<FileHandle> {
    const most = this.#bounds.fileBytes
    const before = this.#open?.bytes ?? (await stat(this.#path).catch(() => null))?.size ?? 0
    if (before > 0 && before + bytes > most) await this.#rotate()
    this.#open ??= { file: await open(this.#path, 'a', 0o600), bytes: before + bytes > most ? 0 : before }
    this.#open.bytes += bytes
    return this.#open.file
  }

  async #rotate(): Promise<void> {
    await this.#open?.file.close()
    this.#open = null
    const oldest = this.#bounds.files - 1
    await rm(`${this.#path}.${oldest}`, { force: true })
    for (let age = oldest - 1; age >= 0; age--) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`
      await rename(from, `${this.#path}.${age + 1}`).catch(() => {}) // Not so many yet.
    }
  }

  async #close(): Promise<void> {
    this.#tellDropped()
    while (this.#writing !== null) await this.#writing
    clearTimeout(this.#report)
    await this.#open?.file.close().catch(() => {})
    this.#open = null
  }
}
