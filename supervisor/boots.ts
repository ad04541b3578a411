import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Exit } from './child.ts'
import { makeFolder, readJson, writeAtomically, writeJson } from './files.ts'

/** How often a living engine's record is renewed: the most that the end of a call can be uncertain by, if all dies at once. */
const heartbeatMs = 5_000

/**
 * One life of the engine, from its start to its exit, as the ledger will ask for it: which calls it had, and when they
 * ended if it could not say so itself. ms since the epoch. Without `exitedAt` the supervisor died with it, and
 * `heartbeatAt` is the last instant at which it was known to live.
 */
export type Boot = {
  bootId: string
  startedAt: number
  heartbeatAt: number
  exitedAt: number | null
  exitCode: number | null
  exitSignal: NodeJS.Signals | null
}

export class Boots {
  readonly #folder: string
  #boot: Boot | null = null
  #heart: NodeJS.Timeout | undefined

  constructor(folder: string) {
    this.#folder = makeFolder(folder)
  }

  /** The id comes before the process, which is told it: every channel id carries it. */
  nextId(): string {
    return `e${Date.now().toString(36)}${randomBytes(4).toString('hex')}`
  }

  begin(bootId: string): void {
    const now = Date.now()
    this.#boot = { bootId, startedAt: now, heartbeatAt: now, exitedAt: null, exitCode: null, exitSignal: null }
    this.#write(this.#boot)
    writeAtomically(this.currentFile, bootId)
    this.#heart = setInterval(() => this.#beat(), heartbeatMs)
  }

  end(exit: Exit): void {
    clearInterval(this.#heart)
    if (this.#boot === null) return
    const now = Date.now()
    this.#write({ ...this.#boot, heartbeatAt: now, exitedAt: now, exitCode: exit.code, exitSignal: exit.signal })
    this.#boot = null
  }

  /** The id of the instance that runs, or ran last. */
  get currentFile(): string {
    return join(this.#folder, 'current')
  }

  read(bootId: string): Boot | null {
    return readJson(join(this.#folder, `${bootId}.json`)) as Boot | null
  }

  #beat(): void {
    if (this.#boot === null) return
    this.#boot = { ...this.#boot, heartbeatAt: Date.now() }
    this.#write(this.#boot)
  }

  #write(boot: Boot): void {
    writeJson(join(this.#folder, `${boot.bootId}.json`), boot)
  }
}
