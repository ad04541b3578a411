import type { Decision } from '#admission'
import type { CallRecord } from '#records'
import type { CallId, Instant, MemberId, OrganizationId, Page } from '#kernel'
import type { Call } from './call.ts'
import type { Leg } from './leg.ts'
import type { Meter } from './meter.ts'

export type CallStore = {
  /** The call, what is paid of it and its decision, together or not at all. */
  place(placed: { readonly call: Call; readonly meter: Meter }, decision: Decision): Promise<void>
  /** State, meter and those legs, together. Of a call that has ended only the legs: see `saveEnd`. */
  saveProgress(progress: Progress): Promise<void>
  /**
   * The end, the record and the audit's entry, together; each of them once, and what ended stays ended. `actor`: who ended
   * it, as the audit names him.
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

export type StoredCall = {
  readonly call: Call
  readonly legs: readonly StoredLeg[]
  readonly meter: Meter
}

/** `bootId`: the life of the engine that the channel is in. */
export type StoredLeg = Leg & { readonly bootId: string }

export type Progress = { readonly call: Call; readonly legs: readonly StoredLeg[]; readonly meter: Meter }

export type CallScope = {
  readonly organizationId: OrganizationId
  readonly memberId: MemberId | null
  readonly isLiveOnly: boolean
  readonly page: Page
}
