import { assert, Fault } from '#kernel'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { types } from './connection.ts'

/** The ledger (or the writer) did not answer in time. Whether the operation was applied is unknown: ask again with the same id. */
export class LedgerUnreachable extends Error {
  override name = 'LedgerUnreachable'
}

export type BatcherOptions<Operation, Answer> = {
  readonly url: string
  /** Of the connection, after `tandem-`. */
  readonly name?: string
  /** What a new connection is told before anything else. With it a lost one is replaced at once, else at the next use. */
  readonly prepare?: (client: pg.Client) => Promise<void>
  /** One statement for the whole batch; the answers are in the order of the operations. Must be safe to repeat. */
  readonly apply: (client: pg.Client, batch: readonly Operation[]) => Promise<readonly Answer[]>
  /** How long an operation is retried before it rejects with `LedgerUnreachable`. */
  readonly deadlineMs: number
  readonly batchLimit?: number
  /** How long the first of a batch waits for others; left out: only for who was just answered. */
  readonly lingerMs?: number
}

type Waiting<Operation, Answer> = {
  readonly operation: Operation
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  readonly deadline: number
  isDone: boolean
}

const sweepMs = 50
const longestPauseMs = 500

/**
 * One connection, one statement in flight; all that arrives meanwhile goes into the next. So a hot row is locked once
 * a batch and the disk is waited for once a batch, however many callers there are.
 */
export class Batcher<Operation, Answer> {
  readonly #options: BatcherOptions<Operation, Answer>
  #queue: Waiting<Operation, Answer>[] = []
  #inFlight: readonly Waiting<Operation, Answer>[] = []
  #client: pg.Client | undefined
  #isRunning = false
  #isClosed = false
  /** A connection was lost that is to be replaced although nothing waits. */
  #isLost = false
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: BatcherOptions<Operation, Answer>) {
    this.#options = options
  }

  get #name(): string {
    return this.#options.name ?? 'ledger'
  }

  submit(operation: Operation): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new LedgerUnreachable(`the ${this.#name} connection is closed`))
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.#options.deadlineMs
      this.#queue.push({ operation, resolve, reject, deadline, isDone: false })
      this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs)
      if (!this.#isRunning) void this.#run()
    })
  }

  /** Waits for what is in flight; whatever comes later is refused. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#isRunning && this.#client !== undefined) await wait(1)
    for (const waiting of [...this.#inFlight, ...this.#queue])
      this.#giveUp(waiting, `the ${this.#name} connection is closed`)
    this.#queue = []
    clearInterval(this.#sweeper)
    await this.#client?.end().catch(() => {})
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let pauseMs = 10
    while (this.#queue.length > 0 || (this.#isLost && !this.#isClosed)) {
      // Callers that were just answered put their next operation into this batch, not the one after.
      await (this.#options.lingerMs === undefined ? new Promise(setImmediate) : wait(this.#options.lingerMs))
      const client = await this.#connected()
      if (client === undefined) {
        await wait(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        continue
      }
      pauseMs = 10
      this.#isLost = false
      if (this.#queue.length === 0) continue
      const batch = this.#queue.splice(0, this.#options.batchLimit ?? 512)
      this.#inFlight = batch
      await this.#send(client, batch)
      this.#inFlight = []
    }
    this.#isRunning = false
  }

  async #send(client: pg.Client, batch: readonly Waiting<Operation, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.apply(
        client,
        batch.map((waiting) => waiting.operation),
      )
      assert(answers.length === batch.length, 'one answer for each operation')
      batch.forEach((waiting, index) => {
        waiting.isDone = true
        waiting.resolve(answers[index]!)
      })
    } catch (error) {
      if (isTransient(error)) {
        if (!(error instanceof pg.DatabaseError) || !error.code?.startsWith('40')) this.#drop(client)
        this.#queue.unshift(...batch.filter((waiting) => !waiting.isDone))
      } else if (batch.length === 1) {
        batch[0]!.isDone = true
        batch[0]!.reject(error)
      } else {
        // One of them is bad: it must not take the others with it.
        for (const waiting of batch) await this.#send(this.#client ?? client, [waiting])
      }
    }
  }

  async #connected(): Promise<pg.Client | undefined> {
    if (this.#client !== undefined) return this.#client
    const client = new pg.Client({
      connectionString: this.#options.url,
      types,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
      application_name: `tandem-${this.#name}`,
    })
    client.on('error', () => this.#drop(client))
    try {
      await client.connect()
      await this.#options.prepare?.(client)
      this.#client = client
      return client
    } catch {
      this.#drop(client)
      return undefined
    }
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) {
      this.#client = undefined
      this.#isLost = this.#options.prepare !== undefined
    }
    client.end().catch(() => {})
    if (this.#isLost && !this.#isRunning && !this.#isClosed) void this.#run()
  }

  #sweep(): void {
    const now = performance.now()
    for (const waiting of [...this.#inFlight, ...this.#queue]) {
      if (waiting.deadline <= now)
        this.#giveUp(waiting, `no answer from the ${this.#name} within ${this.#options.deadlineMs} ms`)
    }
    this.#queue = this.#queue.filter((waiting) => !waiting.isDone)
    // A statement that outlived its callers hangs on a dead connection: a new one is tried.
    if (this.#inFlight.length > 0 && this.#inFlight.every((waiting) => waiting.isDone)) this.#abandonStatement()
    if (this.#queue.length === 0 && this.#inFlight.length === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
  }

  #abandonStatement(): void {
    const { connection } = (this.#client as unknown as { connection?: { stream?: { destroy(): void } } }) ?? {}
    connection?.stream?.destroy()
  }

  #giveUp(waiting: Waiting<Operation, Answer>, why: string): void {
    if (waiting.isDone) return
    waiting.isDone = true
    waiting.reject(new LedgerUnreachable(why))
  }
}

/** The connection or the server went away, or a deadlock was broken: the same statement may succeed later. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return !isOurs(error)
  return /^(08|40|53|57P|58)/.test(error.code ?? '')
}

/** A bug on this side of the connection: trying again would not help. */
const isOurs = (error: unknown): boolean =>
  error instanceof Fault || error instanceof TypeError || error instanceof RangeError
