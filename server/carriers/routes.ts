import { dialledFrom, type CountryCode, type E164 } from '#kernel'
import type { NumberFormat, Trunk } from './trunk.ts'
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
  return dialled.kind === 'service' ? dialled.code : written(dialled.number, trunk.numberFormat, home)
}

/** The caller id as the trunk wants it in From and P-Asserted-Identity. */
export const callerIdFor = (trunk: Pick<Trunk, 'callerIdFormat'>, number: E164, home: CountryCode): string =>
  written(number, trunk.callerIdFormat, home)

function written(number: E164, format: NumberFormat, home: CountryCode): string {
  switch (format) {
    case 'e164':
      return number
    case 'e164-without-plus':
      return number.slice(1)
    case 'national':
      return dialledFrom(home, number)
  }
}

/** Where the trunk is: a SIP URI (RFC 3261, 19.1) without a user. */
export const sipUriOf = (trunk: TrunkAddress): string => `sip:${authorityOf(trunk)}`

/** The Request-URI of a call: the only character of a dialled number that a user part must escape is `#`. */
export const requestUriFor = (trunk: TrunkAddress, dialString: string): string =>
  `sip:${dialString.replaceAll('#', '%23')}@${authorityOf(trunk)}`

type TrunkAddress = Pick<Trunk, 'host' | 'port' | 'transport'>

const authorityOf = ({ host, port, transport }: TrunkAddress): string =>
  `${host}${port === null ? '' : `:${port}`}${transport === 'tcp' ? ';transport=tcp' : ''}`
