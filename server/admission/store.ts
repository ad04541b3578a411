import type { CallId, DecisionId, OrganizationId, Page } from '#kernel'
import type { Admission, Attempt } from './attempt.ts'
import type { World } from './world.ts'

/** A decision with every fact that it read. */
export type Decision = {
  readonly id: DecisionId
  readonly attempt: Attempt
  readonly world: World
  readonly admission: Admission
}

/** A decision without the facts that it read. */
export type ListedDecision = Omit<Decision, 'world'>

export type AdmissionStore = {
  /** The facts for one attempt, in one round to the database. `undefined` when the caller does not exist. */
  loadWorld(attempt: Attempt, reachability: Reachability): Promise<World | undefined>
  append(decision: Decision): Promise<void>
  ofCall(organizationId: OrganizationId, callId: CallId): Promise<Decision | undefined>
  /** Newest first, without the facts: a world is large, and no list shows it. */
  list(organizationId: OrganizationId, page: Page): Promise<readonly ListedDecision[]>
}

/** Trunk states as last heard from the engine; an absent trunk is `unknown`. */
export type Reachability = { readonly [trunkId: string]: 'up' | 'down' }
