import { assert, Fault, type Outcome } from '#kernel'

/** What must go well for the demo's data: a refusal here is a fault of the seed. */
export function done<T>(outcome: Outcome<T, { readonly code: string }>): void {
  if (!outcome.ok) throw new Fault(`the demo's data was refused: ${outcome.refusal.code}`)
}

export function mustBe<T>(value: T | undefined): T {
  assert(value !== undefined, "the demo's data does not fit")
  return value
}
