import type { WireLedgerEntry } from '@tandem/contract'
import type { LedgerEntry } from '#entitlements'
import { later, type OrganizationId } from '#kernel'
import type { Parts } from './parts.ts'
import { timestampOf } from './wire.ts'

/** Calls last hours at most, so the record of an entry's leg is near it. */
const DAY_MS = 24 * 3_600_000

/** Which call each leg of the entries belongs to, as far as its record is written. */
export async function callsOfLegs(
  entries: readonly LedgerEntry[],
  organizationId: OrganizationId,
  { stores }: Parts,
): Promise<ReadonlyMap<string, string>> {
  const [newest, oldest] = [entries[0], entries.at(-1)]
  if (newest === undefined || oldest === undefined) return new Map()
  const records = await stores.records.list({
    organizationId,
    from: later(oldest.at, -DAY_MS),
    until: later(newest.at, DAY_MS),
    memberId: null,
    endReason: null,
    number: null,
    before: null,
    limit: 200,
  })
  return new Map(
    records.flatMap(({ callId, legs, draws }) =>
      [...legs, ...draws].map(({ legId }) => [legId as string, callId as string] as const),
    ),
  )
}

export const ledgerEntryToWire = (entry: LedgerEntry, callOf: ReadonlyMap<string, string>): WireLedgerEntry => ({
  poolId: entry.poolId,
  seq: entry.seq,
  kind: entry.kind,
  legId: entry.legId,
  callId: entry.legId === null ? null : (callOf.get(entry.legId) ?? null),
  grantedDeltaMs: entry.grantedDeltaMs,
  heldDeltaMs: entry.heldDeltaMs,
  usedDeltaMs: entry.usedDeltaMs,
  actor: entry.actor,
  note: entry.note,
  at: timestampOf(entry.at),
})
