import type { Decision } from '#admission'
import type { CallRecord } from '#records'
import type { CallId, E164, Instant, MemberId, OrganizationId, Page, PartyId } from '#kernel'
import type { Call } from './call.ts'
import type { Leg } from './leg.ts'
import type { Meter } from './meter.ts'
import type { PartyRole } from './party.ts'

export type CallStore = {
  /**
   * The call, its parties with what is paid for each, and its decision, together or not at all; on the disk with the
   * reservation before it when it resolves. Rejects where that was lost.
   */
  place(placed: Placed, decision: Decision): Promise<void>
  /**
   * State, those parties' meters and those legs, together. Of a call that has ended only the legs: see `saveEnd`. Not yet
   * on the disk when it resolves; never later there than what is written of the call next.
   */
  saveProgress(progress: Progress): Promise<void>
  /**
   * The end, the record and the audit's entry, together; each of them once, and what ended stays ended; on the disk with
   * the settlement before it when it resolves. Rejects where that was lost. `actor`: who ended it, as the audit names him.
   */
  saveEnd(call: Call, record: CallRecord, actor: string): Promise<void>
  /** All calls that are not ended, of all organizations: for taking over after a restart. */
  live(): Promise<{ readonly calls: readonly StoredCall[]; readonly unreadable: readonly UnreadableCall[] }>
  /** Ends a call that nothing can be made of, with `internal-fault`, so that it takes nobody's place; once. No record. */
  endUnreadable(id: CallId, at: Instant): Promise<void>
  find(organizationId: OrganizationId, id: CallId): Promise<StoredCall | undefined>
  /** Whose money the legs in the ledger's entries moved; a leg that is no call's is left out. */
  callsOfPayingLegs(organizationId: OrganizationId, legIds: readonly string[]): Promise<ReadonlyMap<string, CallId>>
  /** Latest placed first; `memberId` null = of the whole organization. */
  list(scope: CallScope): Promise<readonly Call[]>
}

/** What is stored of it makes no call. */
export type UnreadableCall = { readonly id: CallId; readonly fault: unknown }

type Placed = { readonly call: Call; readonly parties: readonly StoredParty[] }

/** `legs` in the order of their start. */
export type StoredCall = Placed & { readonly legs: readonly StoredLeg[] }

/** `meter` `null`: nothing is paid for his legs. */
export type StoredParty = {
  readonly id: PartyId
  readonly role: PartyRole
  readonly memberId: MemberId | null
  readonly number: E164 | null
  readonly meter: Meter | null
}

/** `bootId`: the life of the engine that the channel is in. */
export type StoredLeg = Leg & { readonly bootId: string }

/** What differs from what was saved before. */
export type Progress = {
  readonly call: Call
  /** Whose meter differs. */
  readonly parties: readonly StoredParty[]
  readonly legs: readonly StoredLeg[]
}

export type CallScope = {
  readonly organizationId: OrganizationId
  readonly memberId: MemberId | null
  readonly isLiveOnly: boolean
  readonly page: Page
}
