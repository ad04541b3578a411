import type { WireLedgerEntry } from '@tandem/contract'
import type { LedgerEntry } from '#entitlements'
import type { OrganizationId } from '#kernel'
import type { Parts } from './parts.ts'
import { timestampOf } from './wire.ts'

/** Which call each entry's leg belongs to. */
export function callsOfLegs(
  entries: readonly LedgerEntry[],
  organizationId: OrganizationId,
  { stores }: Parts,
): Promise<ReadonlyMap<string, string>> {
  const legIds = [...new Set(entries.flatMap(({ legId }) => (legId === null ? [] : [legId])))]
  return legIds.length === 0 ? Promise.resolve(new Map()) : stores.calls.callsOfPayingLegs(organizationId, legIds)
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
