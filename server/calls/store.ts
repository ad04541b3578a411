import type { Decision } from '#admission'
import type { Reserve, Reserved } from '#entitlements'
import type { CallRecord } from '#records'
import type { CallId, E164, Instant, MemberId, OrganizationId, Page, PartyId } from '#kernel'
import type { Call } from './call.ts'
import type { CallSnapshot } from './events.ts'
import type { Leg } from './leg.ts'
import type { Meter } from './meter.ts'
import type { PartyRole } from './party.ts'

export type CallStore = {
  /**
   * The call, its parties, its decision and the request's key, together or not at all; nothing is paid for it. On the disk when
   * it resolves. Rejects with `KeyTaken`.
   */
  place(placed: Placed, decision: Decision, once?: RequestKey | null): Promise<void>
  /**
   * The same, paid for, in one transaction and on the disk when it resolves: the first reservation, the
   * request's key, the call with its parties, of whom the one whose meter names the reservation's leg holds what was taken,
   * and the decision. Where nothing was taken nothing is written. Rejects with `KeyTaken`.
   */
  placePaid(placed: Placed, decision: Decision, by: Paying): Promise<Reserved>
  /**
   * State, those parties' meters and those legs, together; nothing of a call that is gone. The end is for `saveEnd`. Not yet
   * on the disk when it resolves; never later there than what is written of the call next.
   */
  saveProgress(progress: Progress): Promise<void>
  /**
   * The record stands for the call from now on: it is written, with the audit's entry, and the call goes with its parties and
   * legs, all together and once; what ended stays ended; on the disk with the settlement before it when it resolves. Rejects
   * where that was lost. `actor`: who ended it, as the audit names him; `null`: whoever was in it, and the audit has nothing to say.
   */
  saveEnd(call: Call, record: CallRecord, actor: string | null): Promise<void>
  /** All calls that are not ended, of all organizations: for taking over after a restart. */
  live(): Promise<{ readonly calls: readonly StoredCall[]; readonly unreadable: readonly UnreadableCall[] }>
  /** Ends a call that nothing can be made of, with `internal-fault`, so that it takes nobody's place; once. No record: it stays. */
  endUnreadable(id: CallId, at: Instant): Promise<void>
  /** As it is in the store, or as its record has it; not for longer than that is kept. */
  find(organizationId: OrganizationId, id: CallId): Promise<CallSnapshot | undefined>
  /** Whose money the legs in the ledger's entries moved; a leg that is no call's is left out. */
  callsOfPayingLegs(organizationId: OrganizationId, legIds: readonly string[]): Promise<ReadonlyMap<string, CallId>>
  /** Latest placed first; `memberId` null = of the whole organization. */
  list(scope: CallScope): Promise<readonly CallSnapshot[]>
}

export type Paying = {
  readonly reserve: Reserve
  /** The request that asks for it, which may come again; `null`: this one will not. */
  readonly once: RequestKey | null
}

/** Under which a request may come again. `bodyHash`: what is asked for. */
export type RequestKey = { readonly caller: string; readonly key: string; readonly bodyHash: string }

/** The request's key stands for another call, which was placed meanwhile: on another server, perhaps. Nothing was done. */
export class KeyTaken extends Error {
  override name = 'KeyTaken'
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
