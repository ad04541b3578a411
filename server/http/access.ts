import type { MemberPrincipal, Principal } from '#identity'

/** Who asks; `undefined` for nobody in particular. */
export type Who = MemberPrincipal | Extract<Principal, { kind: 'operator' }> | undefined
/** May he do it at all? What he then sees is a matter of scope. */
export type Access = (who: Who) => boolean

export const isAnybody: Access = () => true
export const isSignedIn: Access = (who) => who !== undefined
export const isMember: Access = (who) => who?.kind === 'member'
export const isOperator: Access = (who) => who?.kind === 'operator'
/** Who looks after an organization: its administrator, or the operator. */
export const isInCharge: Access = (who) =>
  who?.kind === 'operator' || (who?.kind === 'member' && who.role === 'administrator')

export const mayPlaceCalls = isMember
export const mayReadMembers = isSignedIn
export const mayCreateMembers = isInCharge
export const mayChangeMembers = isInCharge
export const mayReadDepartments = isInCharge
/** An administrator his own's name and caller id; the rest is the operator's. */
export const mayChangeOrganizations = isInCharge
export const mayReadPools = isSignedIn
/** Minutes are the operator's to give: an administrator would give them to himself. */
export const mayGrantMinutes = isOperator
export const mayReadLedger = isInCharge
export const mayReadRecords = isSignedIn
export const mayReadDecisions = isInCharge
/** Carriers and trunks, hosts and digest users with them, are the operator's own. */
export const mayReadNetwork = isOperator
export const mayChangeNetwork = isOperator
/** Whether calls get out at all: what an administrator needs of the network. */
export const mayReadNetworkState = isInCharge
/** For an administrator only what his own organization was, is or will be on. */
export const mayReadOffer = isInCharge
export const mayReadLicences = isInCharge
export const mayChangeOffer = isOperator
export const mayReadMetrics = isOperator
export const mayChangeKeys = isOperator
