import type { Trunk } from '#carriers'
import type { CallId, DecisionId, Instant, MemberId, OrganizationId, Page } from '#kernel'
import type { Admission, Attempt, Refusal } from './attempt.ts'
import type { World } from './world.ts'

/** A decision with every fact that it read. */
export type Decision = {
  readonly id: DecisionId
  readonly attempt: Attempt
  readonly world: World
  readonly admission: Admission
}

/** A decision as lists show it: without the facts that it read, and without the terms of a yes, which its call has. */
export type ListedDecision = Omit<Decision, 'world' | 'admission'> & {
  readonly admission: Extract<Admission, { readonly admitted: false }> | { readonly admitted: true }
}

export type DecisionFilter = {
  readonly organizationId: OrganizationId
  readonly callerId: MemberId | null
  readonly isAdmitted: boolean | null
  readonly code: Refusal['code'] | null
  /** Part of what was dialled; only its digits count. */
  readonly number: string | null
  /** Part of the caller's name, or of the number. */
  readonly text: string | null
  /** `from` inclusive, `until` exclusive. */
  readonly from: Instant | null
  readonly until: Instant | null
  readonly page: Page
}

/** What a call is placed by: the facts of its decision, and of the trunks what the engine needs, which no decision reads. */
export type ToPlace = { readonly world: World; readonly trunks: readonly Trunk[] }

export type AdmissionStore = {
  /**
   * The facts for one attempt, in one round to the database. `undefined` when the caller does not exist. Tries in vain are
   * counted without `inWork`, calls of which whoever asks knows himself, written down or not.
   */
  loadWorld(attempt: Attempt, reachability: Reachability, inWork?: readonly CallId[]): Promise<World | undefined>
  /** The same, with all trunks as they were at that instant. */
  loadToPlace(attempt: Attempt, reachability: Reachability, inWork: readonly CallId[]): Promise<ToPlace | undefined>
  append(decision: Decision): Promise<void>
  ofCall(organizationId: OrganizationId, callId: CallId): Promise<Decision | undefined>
  /** Whole, of all organizations, in an order of their own; `after`: behind this one. */
  stored(after: Decision | null, limit: number): Promise<readonly Decision[]>
  /** Newest first, without the facts: a world is large, and no list shows it. */
  list(filter: DecisionFilter): Promise<readonly ListedDecision[]>
}

/** Trunk states as last heard from the engine; an absent trunk is `unknown`. */
export type Reachability = { readonly [trunkId: string]: 'up' | 'down' | 'unknown' }
