export { alternativesTo } from './alternatives.ts'
export {
  TERMS_BEFORE,
  useOf,
  type Admission,
  type Alternative,
  type Attempt,
  type BusinessAttempt,
  type BusinessTerms,
  type NetworkAttempt,
  type NetworkTerms,
  type Refusal,
  type Terms,
} from './attempt.ts'
export { admit, judge, type Judge } from './decide.ts'
export { atMoment, momentOf, standingOf, worldOf, type Moment, type Standing } from './facts.ts'
export { recheck, type Exception, type Recheck } from './recheck.ts'
export type { AdmissionStore, Decision, DecisionFilter, ListedDecision, Reachability, ToPlace } from './store.ts'
export { RANG_MS, TRIES, type Tries, type World } from './world.ts'
