import type { CallId, E164, Instant, MemberId, OrganizationId, Page } from '#kernel'
import type { CallRecord, EndReason } from './record.ts'

export type RecordStore = {
  /** Written once: appending the same record again changes nothing. */
  append(record: CallRecord): Promise<void>
  /** The record in force of a call (the one that nothing supersedes). */
  ofCall(organizationId: OrganizationId, callId: CallId): Promise<CallRecord | undefined>
  /** Latest placed first. */
  list(filter: RecordFilter): Promise<readonly CallRecord[]>
}

/** `memberId` null: the operator. Who is in charge of the organization sees all numbers and people of it. */
export type RecordReader = { readonly memberId: MemberId | null; readonly isInCharge: boolean }

export type RecordFilter = {
  readonly organizationId: OrganizationId
  readonly callId: CallId | null
  readonly memberId: MemberId | null
  readonly endReason: EndReason | null
  readonly isAnswered: boolean | null
  /** Part of the dialled number; only its digits count. */
  readonly number: string | null
  /** Part of the name of the caller, of a colleague or contact who was called, or of the dialled number. */
  readonly text: string | null
  /** What he may not see, he does not find by `number` or `text` either. */
  readonly reader: RecordReader
  readonly from: Instant | null
  readonly until: Instant | null
  readonly page: Page
}

/** Whom an organization called, in one place for decisions and records; a call is of a number by its id. */
export type NumberStore = {
  /**
   * For good, and audited without the number: it is blanked in each writing, and in calls that are over. Decisions and
   * records stay, of a number that nobody knows any more: an empty text stands for it.
   */
  erase(erasure: Erasure): Promise<Erased>
}

/** `national`: without the country's code, as it is written at home. `actor`: as the audit names him. */
export type Erasure = {
  readonly organizationId: OrganizationId
  readonly e164: E164
  readonly national: string
  readonly at: Instant
  readonly actor: string
}

/** How many writings and calls were blanked; `unfinished`: calls to it that go on, and are not yet. */
export type Erased = { readonly numbers: number; readonly calls: number; readonly unfinished: number }
