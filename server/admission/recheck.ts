import type { DecisionId } from '#kernel'
import type { Admission } from './attempt.ts'
import { admit } from './decide.ts'
import type { AdmissionStore, Decision } from './store.ts'

/** A stored decision that is judged otherwise today, on the facts of then. */
export type Exception = { readonly id: DecisionId; readonly given: Admission; readonly now: Admission }

export type Recheck = { readonly decisions: number; readonly exceptions: readonly Exception[] }

/** Every stored decision, judged again from its facts. */
export async function recheck({ stored }: Pick<AdmissionStore, 'stored'>, batch = 1_000): Promise<Recheck> {
  let decisions = 0
  const exceptions: Exception[] = []
  for (let after: Decision | null = null; ;) {
    const some: readonly Decision[] = await stored(after, batch)
    decisions += some.length
    exceptions.push(...some.flatMap(exceptionOf))
    if (some.length < batch) return { decisions, exceptions }
    after = some.at(-1)!
  }
}

function exceptionOf({ id, attempt, world, admission }: Decision): readonly Exception[] {
  const now = admit(attempt, world)
  return isSame(admission, now) ? [] : [{ id, given: admission, now }]
}

/** As JSON; what older terms lack is nothing (`null`) in terms of today. */
function isSame(some: unknown, other: unknown): boolean {
  if (typeof some !== 'object' || typeof other !== 'object' || some === null || other === null) {
    return (some ?? null) === (other ?? null)
  }
  const names = new Set([...Object.keys(some), ...Object.keys(other)])
  return [...names].every((name) => isSame(some[name as keyof typeof some], other[name as keyof typeof other]))
}
