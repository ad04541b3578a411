import type { WireDepartment } from '@tandem/contract'
import { compareNames } from '#ui'

/** Each department before what is below it, beside each other by name; of whoever has no place in the tree nothing is lost. */
export function inTreeOrder(departments: readonly WireDepartment[]): readonly WireDepartment[] {
  const ids = new Set(departments.map(({ id }) => id))
  const below = Map.groupBy(departments, ({ parentId }) => (parentId !== null && ids.has(parentId) ? parentId : null))
  const from = (parentId: string | null): readonly WireDepartment[] =>
    (below.get(parentId) ?? [])
      .toSorted((a, b) => compareNames(a.name, b.name))
      .flatMap((each) => [each, ...from(each.id)])
  return from(null)
}

/** A department and all that is below it. */
export function withAllBelow(departments: readonly WireDepartment[], id: string): ReadonlySet<string> {
  const found = new Set([id])
  for (const each of inTreeOrder(departments))
    if (each.parentId !== null && found.has(each.parentId)) found.add(each.id)
  return found
}
