/** Does it for each, begun in their order, and never for more than `most` at a time. The first failure is its own. */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: most }, worker))
}

/** Gathers what is asked while it works on what was asked before: however many ask, one question is under way. */
export class Gathered<T> {
  readonly #work: (items: readonly T[]) => Promise<unknown>
  #waiting: T[] = []
  #next: Promise<void> | null = null
  #running: Promise<unknown> = Promise.resolve()

  constructor(work: (items: readonly T[]) => Promise<unknown>) {
    this.#work = work
  }

  /** Resolves when a question that was begun after this is answered; rejects if that one fails. */
  add(item: T): Promise<void> {
    this.#waiting.push(item)
    this.#next ??= this.#running.then(() => this.#begin())
    return this.#next
  }

  async #begin(): Promise<void> {
    const items = this.#waiting
    this.#waiting = []
    this.#next = null
    const answer = this.#work(items)
    this.#running = answer.catch(() => undefined)
    await answer
  }
}

/** Lets so many in at a time; the others wait in the order in which they came. */
export class Gate {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(most: number) {
    this.#most = most
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#most) this.#inside += 1
    else await new Promise<void>((letIn) => void this.#waiting.push(letIn))
    try {
      return await work()
    } finally {
      // Who leaves gives his place to the next one.
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside -= 1
      else next()
    }
  }
}
