import { writeJson } from './files.ts'
import type { Exit } from './child.ts'

export type PartName = 'postgres' | 'engine' | 'carrier' | 'edge' | 'server'

export type PartState = 'starting' | 'up' | 'backoff' | 'held' | 'stopped' | 'failed'

export type PartStatus = {
  state: PartState
  /** `null` while no process lives. */
  pid: number | null
  /** Starts after the first one, in this run of the supervisor. */
  restarts: number
  /** When it came into this state; ms since the epoch, as all instants here. */
  since: number
  lastExit: (Exit & { at: number }) | null
}

export type Parts = Partial<Record<PartName, PartStatus>>

/** The state of every part, for anybody who may read the data folder; the file is rewritten at each change. */
export class Board {
  readonly #file: string
  readonly #parts: Parts = {}

  constructor(file: string, names: readonly PartName[]) {
    this.#file = file
    for (const name of names) {
      this.#parts[name] = { state: 'stopped', pid: null, restarts: 0, since: Date.now(), lastExit: null }
    }
    this.#write()
  }

  note(name: PartName, change: Partial<PartStatus>): void {
    const before = this.#parts[name]
    if (before === undefined) throw new Error(`No part ${name} on this board`)
    const since = change.state === undefined || change.state === before.state ? before.since : Date.now()
    this.#parts[name] = { ...before, ...change, since }
    this.#write()
  }

  of(name: PartName): PartStatus {
    const status = this.#parts[name]
    if (status === undefined) throw new Error(`No part ${name} on this board`)
    return status
  }

  #write(): void {
    writeJson(this.#file, { parts: this.#parts })
  }
}
