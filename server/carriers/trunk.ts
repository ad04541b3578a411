import type { CarrierId, TrunkId } from '#kernel'

/** A telephone company we hand calls to. */
export type Carrier = { readonly id: CarrierId; readonly name: string }

/** One SIP connection to a carrier. */
export type Trunk = {
  readonly id: TrunkId
  readonly carrierId: CarrierId
  readonly name: string
  /** Host name or address. */
  readonly host: string
  /** 1–65535. */
  readonly port: number
  readonly transport: 'udp' | 'tcp'
  readonly auth:
    | { readonly kind: 'digest'; readonly username: string; readonly password: string }
    | { readonly kind: 'ip' }
  /** `true`: we REGISTER there (RFC 3261, 10) and show its state from that. */
  readonly registers: boolean
  /** How the called number is written in the Request-URI. */
  readonly numberFormat: 'e164' | 'e164-without-plus' | 'national'
  /** User part of From; `null` = the caller id. The caller id is then in P-Asserted-Identity (RFC 3325). */
  readonly fromUser: string | null
  /** Zones it takes (`domestic`, `international`; service codes count as domestic); empty = all. */
  readonly zones: readonly string[]
  /** Lower is tried first; equal priorities in order of id. */
  readonly priority: number
  /** Whether 408 and 480 before any sign of life let the next route be tried. */
  readonly failsOverOnTimeout: boolean
  readonly standing: 'active' | 'suspended'
}
