import type { Urgency } from '#identity'

/** More wait than can be served in a moment. */
export class HashingBusy extends Error {
  override name = 'HashingBusy'
}

type Waiting = { readonly begin: () => void }

/**
 * One at a time, so that of two cores one is left for calls; a bounded number waits, and the others are told at once
 * that it is busy. Who is known here goes before strangers, and strangers cannot fill his queue.
 */
export function createHashingQueue(longest: number) {
  const waiting: { readonly [U in Urgency]: Waiting[] } = { known: [], stranger: [] }
  let isBusy = false
  const next = (): void => {
    const first = waiting.known.shift() ?? waiting.stranger.shift()
    isBusy = first !== undefined
    first?.begin()
  }
  return {
    async run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T> {
      const queue = waiting[urgency]
      if (isBusy) {
        if (queue.length >= longest) throw new HashingBusy('too many passwords are hashed at once')
        await new Promise<void>((begin) => queue.push({ begin }))
      }
      isBusy = true
      try {
        return await work()
      } finally {
        next()
      }
    },
  }
}
