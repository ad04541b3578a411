/** Remembers the latest `size` members; the oldest are forgotten. For what cannot grow without end. */
export class BoundedSet<T> {
  readonly #size: number
  readonly #members = new Set<T>()

  constructor(size: number) {
    this.#size = size
  }

  add(member: T): void {
    this.#members.delete(member)
    this.#members.add(member)
    for (const oldest of this.#members) {
      if (this.#members.size <= this.#size) return
      this.#members.delete(oldest)
    }
  }

  has(member: T): boolean {
    return this.#members.has(member)
  }
}
