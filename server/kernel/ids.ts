import { hash, randomBytes } from 'node:crypto'

declare const brand: unique symbol
/** A UUID (lower case, with hyphens) that names one noun; the brand keeps a leg's id out of a call's place. */
export type Id<Noun extends string> = string & { readonly [brand]: Noun }

export type OrganizationId = Id<'organization'>
export type DepartmentId = Id<'department'>
export type MemberId = Id<'member'>
export type CarrierId = Id<'carrier'>
export type TrunkId = Id<'trunk'>
export type LicenceId = Id<'licence'>
export type PartyId = Id<'party'>
export type PlanId = Id<'plan'>
export type PlanVersionId = Id<'plan-version'>
export type SubscriptionId = Id<'subscription'>
export type PoolId = Id<'pool'>
export type OperationId = Id<'operation'>
export type CallId = Id<'call'>
export type LegId = Id<'leg'>
export type DecisionId = Id<'decision'>
export type RecordId = Id<'record'>

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isUuid = (text: string): boolean => UUID.test(text)

/** Reads an id that came from outside; `undefined` when it is not a UUID in its canonical form. */
export const parseId = <N extends string>(text: string): Id<N> | undefined =>
  isUuid(text) ? (text as Id<N>) : undefined

const format = (bytes: Buffer): string => {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

const ID_BYTES = 16
const IDS_AT_ONCE = 256
/** Each question to the system costs more than an id: it is asked for many. */
let random = randomBytes(0)
let taken = 0

function nextRandomBytes(): Buffer {
  if (taken === random.length) {
    random = randomBytes(ID_BYTES * IDS_AT_ONCE)
    taken = 0
  }
  return random.subarray(taken, (taken += ID_BYTES))
}

/** UUID version 7 (RFC 9562, 5.7): sorts by the millisecond it was made in. */
export function newId<N extends string>(atMs: number = Date.now()): Id<N> {
  const bytes = nextRandomBytes()
  bytes.writeUIntBE(atMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return format(bytes) as Id<N>
}

/**
 * UUID version 5 (RFC 9562, 5.5) of what an operation *is*: after a crash the same operation gets the same id, so
 * that the ledger applies it once.
 */
export function computedId<N extends string>(namespace: string, name: string): Id<N> {
  const named = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)])
  const bytes = Buffer.from(hash('sha1', named, 'hex'), 'hex').subarray(0, ID_BYTES)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return format(bytes) as Id<N>
}
