import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { nextRestart } from './backoff.ts'
import type { Board, PartName } from './board.ts'
import { lastLines, startChild } from './child.ts'
import type { Command, Exit } from './child.ts'
import type { Layout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

export type PartSpec = {
  name: PartName
  /** Runs before every start, so a restart gets fresh configuration; the ports stay. */
  prepare(): Promise<Command>
  /** Asked every 50 ms until it says yes. */
  isReady(): Promise<boolean>
  readyWithinMs: number
  stopSignal: NodeJS.Signals
  /** After this it is killed. */
  stopWithinMs: number
  onStart?(pid: number): void
  onExit?(exit: Exit): void
}

const pollMs = 50
const holdPollMs = 200
/** A process that outlives its part may hold the log open: nobody waits for it. */
const lastWordsMs = 1_000
/** A part that dies this often before it was ever up won't come up: the start is given up with its last words. */
const triesAtFirstStart = 3
/** sysexits.h, EX_CONFIG: the part says that its configuration can't stand, so another try is of no use. */
const exConfig = 78

/** Keeps one part alive from `start` to `stop`. */
export class Part {
  readonly #spec: PartSpec
  readonly #layout: Layout
  readonly #board: Board
  readonly #stopping = new AbortController()
  /** What the process before said may still be on its way into the log. */
  #logged: Promise<void> = Promise.resolve()
  #kill: (signal: NodeJS.Signals) => void = () => {}
  #life: Promise<void> = Promise.resolve()

  constructor(spec: PartSpec, layout: Layout, board: Board) {
    this.#spec = spec
    this.#layout = layout
    this.#board = board
  }

  /** Resolves when the part is up for the first time; rejects when it won't come up. It is kept alive from then on. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#life = this.#live(resolve).catch((fault: unknown) => {
        this.#board.note(this.#spec.name, { state: 'failed' })
        reject(fault)
      })
    })
  }

  /** Resolves when no process of the part is left. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#kill(this.#spec.stopSignal)
    const late = setTimeout(() => this.#kill('SIGKILL'), this.#spec.stopWithinMs)
    await this.#life
    clearTimeout(late)
  }

  killNow(): void {
    this.#stopping.abort()
    this.#kill('SIGKILL')
  }

  async #live(onFirstUp: () => void): Promise<void> {
    let failures = 0
    let everUp = false
    while (!this.#stopping.signal.aborted) {
      const startedAt = Date.now()
      const exit = await this.#runOnce(() => {
        everUp = true
        onFirstUp()
      }).catch((fault: unknown) => {
        if (!everUp) throw fault
        return this.#notStarted(fault)
      })
      if (this.#stopping.signal.aborted) break
      const next = nextRestart(failures, Date.now() - startedAt)
      failures = next.failures
      if (!everUp && (exit.code === exConfig || failures >= triesAtFirstStart))
        throw await this.#wontStart(describeExit(exit))
      await this.#pause(next.delayMs)
      await this.#untilReleased()
      if (!this.#stopping.signal.aborted) this.#countRestart()
    }
    this.#board.note(this.#spec.name, { state: 'stopped' })
  }

  async #runOnce(onUp: () => void): Promise<Exit> {
    const { name, readyWithinMs } = this.#spec
    this.#board.note(name, { state: 'starting' })
    const { child, exited, logged } = startChild(await this.#spec.prepare(), this.#logFile())
    this.#logged = logged
    const pid = child.pid
    if (pid === undefined)
      throw await this.#wontStart(`could not be started (${await exited.then(describeExit, String)})`)
    this.#kill = (signal) => child.kill(signal)
    if (this.#stopping.signal.aborted) child.kill(this.#spec.stopSignal)
    this.#board.note(name, { pid })
    this.#spec.onStart?.(pid)
    const gone = new AbortController()
    const readiness = this.#untilReady(gone.signal).then((ready) => {
      if (ready) {
        this.#board.note(name, { state: 'up' })
        onUp()
      } else if (!gone.signal.aborted && !this.#stopping.signal.aborted) {
        console.error(`${name}: not ready after ${readyWithinMs / 1000} s, started anew`)
        child.kill('SIGKILL')
      }
    })
    const exit = await exited
    gone.abort()
    this.#kill = () => {}
    this.#board.note(name, { state: 'backoff', pid: null, lastExit: { ...exit, at: Date.now() } })
    this.#spec.onExit?.(exit)
    await readiness
    return exit
  }

  /** A part that was up before is tried again, whatever was in its way this time: a full disk may have room again. */
  #notStarted(fault: unknown): Exit {
    console.error(`${this.#spec.name}: could not be started anew:`, fault instanceof Error ? fault.message : fault)
    this.#board.note(this.#spec.name, { state: 'backoff', pid: null })
    return { code: null, signal: null }
  }

  async #untilReady(gone: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + this.#spec.readyWithinMs
    while (Date.now() < deadline && !gone.aborted && !this.#stopping.signal.aborted) {
      if (await this.#spec.isReady()) return !gone.aborted
      await wait(pollMs)
    }
    return false
  }

  async #untilReleased(): Promise<void> {
    const hold = join(this.#layout.hold, this.#spec.name)
    while (existsSync(hold) && !this.#stopping.signal.aborted) {
      if (this.#board.of(this.#spec.name).state !== 'held') this.#board.note(this.#spec.name, { state: 'held' })
      await this.#pause(holdPollMs)
    }
  }

  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }

  #countRestart(): void {
    const { name } = this.#spec
    this.#board.note(name, { restarts: this.#board.of(name).restarts + 1 })
  }

  #logFile(): string {
    return join(this.#layout.log, `${this.#spec.name}.log`)
  }

  async #wontStart(how: string): Promise<StartRefused> {
    const log = this.#logFile()
    await Promise.race([this.#logged, wait(lastWordsMs)])
    return new StartRefused(`The part "${this.#spec.name}" ${how}. Its last lines (${log}):\n${lastLines(log, 25)}`)
  }
}

function describeExit(exit: Exit): string {
  return exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`
}
