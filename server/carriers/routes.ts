import { dialledFrom, type CountryCode, type E164 } from '#kernel'
import type { Trunk } from './trunk.ts'
import type { Zone } from './zone.ts'

/** What route choice reads of a trunk. */
export type TrunkState = Pick<Trunk, 'id' | 'carrierId' | 'priority' | 'zones' | 'standing'> & {
  /** As last heard from the engine; `down` is tried last, since a trunk may carry calls and not answer OPTIONS. */
  readonly reachability: 'up' | 'down' | 'unknown'
}

/** The trunks that take this zone, first to last: those not down first, then by priority, then by id. */
export function routesFor<T extends TrunkState>(trunks: readonly T[], zone: Zone): readonly T[] {
  const candidates = trunks.filter((trunk) => trunk.standing === 'active' && takes(trunk, zone))
  return candidates.length < 2 ? candidates : candidates.sort(byPreference)
}

const takes = (trunk: TrunkState, zone: Zone): boolean => trunk.zones.length === 0 || trunk.zones.includes(zone)

function byPreference(a: TrunkState, b: TrunkState): number {
  const downLast = Number(a.reachability === 'down') - Number(b.reachability === 'down')
  return downLast || a.priority - b.priority || (a.id < b.id ? -1 : 1)
}

/** What is dialled on a trunk. */
export type Dialled =
  | { readonly kind: 'number'; readonly number: E164 }
  | { readonly kind: 'service'; readonly code: string }

/**
 * The user part of the Request-URI, as the trunk wants it. `home` is the organization's country, which a national
 * format is national to. Service codes have one form only.
 */
export function dialStringFor(trunk: Pick<Trunk, 'numberFormat'>, dialled: Dialled, home: CountryCode): string {
  if (dialled.kind === 'service') return dialled.code
  switch (trunk.numberFormat) {
    case 'e164':
      return dialled.number
    case 'e164-without-plus':
      return dialled.number.slice(1)
    case 'national':
      return dialledFrom(home, dialled.number)
  }
}
