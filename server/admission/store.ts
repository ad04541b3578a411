import type { CallId, DecisionId, Instant, OrganizationId } from '#kernel'
import type { Admission, Attempt } from './attempt.ts'
import type { World } from './world.ts'

/** A decision with every fact that it read. */
export type Decision = {
  readonly id: DecisionId
  readonly attempt: Attempt
  readonly world: World
  readonly admission: Admission
}

export type AdmissionStore = {
  /** The facts for one attempt, in one round to the database. `undefined` when the caller does not exist. */
  loadWorld(attempt: Attempt, reachability: Reachability): Promise<World | undefined>
  append(decision: Decision): Promise<void>
  ofCall(organizationId: OrganizationId, callId: CallId): Promise<Decision | undefined>
  list(
    organizationId: OrganizationId,
    page: { readonly before: Instant | null; readonly limit: number },
  ): Promise<readonly Decision[]>
}

/** Trunk states as last heard from the engine; an absent trunk is `unknown`. */
export type Reachability = { readonly [trunkId: string]: 'up' | 'down' }
