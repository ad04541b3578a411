export { day, durationMs, e164, id, listOf, pageOf, pageQuery, scopeQuery, timestamp } from './basics.ts'
export { decision, decisionFilter, type WireDecision } from './decisions.ts'
export { alternative, ERRORS, problem, type ErrorCode, type Problem, type WireAlternative } from './errors.ts'
export {
  createdOperatorKey,
  newOperatorKey,
  newSession,
  operatorKey,
  session,
  signIn,
  type SignIn,
  type WireSession,
} from './session.ts'
export { newOrganization, organization, organizationChange, type WireOrganization } from './organizations.ts'
export {
  callLimits,
  contact,
  contactFilter,
  doNotDisturb,
  department,
  departmentChange,
  language,
  member,
  memberChange,
  memberFilter,
  newContact,
  newDepartment,
  newMember,
  newPassword,
  ownChange,
  type WireContact,
  type WireDepartment,
  type WireMember,
  type WireMemberChange,
} from './members.ts'
export {
  call,
  callFilter,
  callKind,
  dialled,
  dialledQuery,
  type WireDialled,
  callState,
  dialIn,
  digits,
  endReason,
  newCall,
  placedCall,
  ringing,
  type WireCall,
  type WireDialIn,
  type WireEndReason,
} from './calls.ts'
export {
  bucket,
  ledgerEntry,
  ledgerFilter,
  poolFilter,
  minutesLeft,
  newGrant,
  newPlan,
  newPlanVersion,
  newSubscription,
  plan,
  planTerms,
  planVersion,
  pool,
  subscription,
  type WireLedgerEntry,
  type WirePool,
  subscriptionChange,
} from './money.ts'
export {
  carrier,
  licence,
  networkState,
  changedTrunk,
  newCarrier,
  newLicence,
  newNumber,
  newTrunk,
  number,
  trunk,
  type WireTrunk,
} from './network.ts'
export { record, recordFilter, type WireRecord } from './records.ts'
export { missedCalls, missedSeen, pushEndpoint, pushKey, pushSubscription, type WirePushSubscription } from './reach.ts'
export { health, type WireHealth } from './health.ts'
export { event, hello, PING, pong, type WireEvent, type WireHello, type WirePong } from './events.ts'
export { demoAccount, demoNumber, handset, handsetRequest } from './demo.ts'
export { emergencyNumberIn, readTyped, type EmergencyPlan, type TypedNumber } from './typed-number.ts'
