import type { CarrierId, TrunkId } from '#kernel'

/** A telephone company we hand calls to. */
export type Carrier = { readonly id: CarrierId; readonly name: string }

export type NumberFormat = 'e164' | 'e164-without-plus' | 'national'

/** One SIP connection to a carrier. */
export type Trunk = {
  readonly id: TrunkId
  readonly carrierId: CarrierId
  readonly name: string
  /** Host name or address. */
  readonly host: string
  /** 1–65535; `null` = what DNS says of the host (NAPTR and SRV, RFC 3263), else 5060. */
  readonly port: number | null
  readonly transport: 'udp' | 'tcp'
  readonly auth:
    | { readonly kind: 'digest'; readonly username: string; readonly password: string }
    | { readonly kind: 'ip' }
  /** `true`: we REGISTER there (RFC 3261, 10) and show its state from that. */
  readonly registers: boolean
  /** How the called number is written in the Request-URI. */
  readonly numberFormat: NumberFormat
  /** How the caller id is written in From and P-Asserted-Identity; `national` to the organization's country. */
  readonly callerIdFormat: NumberFormat
  /** User part of From; `null` = the caller id. The caller id is then in P-Asserted-Identity (RFC 3325). */
  readonly fromUser: string | null
  /** Host part of From and P-Asserted-Identity; `null` = our own address. */
  readonly fromDomain: string | null
  /** `host` or `host:port` that every request is sent to instead of `host` (RFC 3261, 8.1.2); `null` = none. */
  readonly outboundProxy: string | null
  /** Seconds between two OPTIONS that ask whether it lives, 2–3600; 0 = it is not asked. */
  readonly qualifyIntervalS: number
  /** Zones it takes (`domestic`, `international`; service codes count as domestic); empty = all. */
  readonly zones: readonly string[]
  /** Lower is tried first; equal priorities in order of id. */
  readonly priority: number
  /** Whether 408 and 480 before any sign of life let the next route be tried. */
  readonly failsOverOnTimeout: boolean
  readonly standing: 'active' | 'suspended'
}
