import type { CallId, Instant, MemberId, OrganizationId, Page } from '#kernel'
import type { CallRecord, EndReason } from './record.ts'

export type RecordStore = {
  /** Written once: appending the same record again changes nothing. */
  append(record: CallRecord): Promise<void>
  /** The record in force of a call (the one that nothing supersedes). */
  ofCall(organizationId: OrganizationId, callId: CallId): Promise<CallRecord | undefined>
  /** Latest placed first. */
  list(filter: RecordFilter): Promise<readonly CallRecord[]>
}

export type RecordFilter = {
  readonly organizationId: OrganizationId
  readonly callId: CallId | null
  readonly memberId: MemberId | null
  readonly endReason: EndReason | null
  /**
   * Part of the dialled number, digits only. Hidden numbers of colleagues of `hiddenFrom` are left out, but for his own:
   * what a reader may not see can't be searched either. `null` = nothing is hidden from the reader.
   */
  readonly number: { readonly part: string; readonly hiddenFrom: MemberId | null } | null
  readonly from: Instant | null
  readonly until: Instant | null
  readonly page: Page
}
