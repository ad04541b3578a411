/** A broken promise of our own code. Never an answer to a user: it stops the work in hand. */
export class Fault extends Error {
  override name = 'Fault'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Fault(message)
}

/** The missing case of a closed union: a compile error first, a fault if data lied. */
export function unreachable(value: never): never {
  throw new Fault(`no case for ${JSON.stringify(value)}`)
}
