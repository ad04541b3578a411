export { assert, Fault, unreachable } from './assert.ts'
export { BoundedSet } from './bounded-set.ts'
export { no, yes, type Outcome } from './outcome.ts'
export type { Cursor, Page } from './cursor.ts'
export { computedId, isUuid, newId, parseId } from './ids.ts'
export type {
  CallId,
  CarrierId,
  DecisionId,
  DepartmentId,
  Id,
  LegId,
  LicenceId,
  MemberId,
  OperationId,
  OrganizationId,
  PartyId,
  PlanId,
  PlanVersionId,
  PoolId,
  RecordId,
  SubscriptionId,
  TrunkId,
} from './ids.ts'
export {
  addDays,
  between,
  dayAt,
  dayOf,
  durationMs,
  instant,
  later,
  localInstant,
  monthEnding,
  monthOf,
  monthsAnywhere,
  parseZone,
  wallClock,
  weekdayOf,
  type Day,
  type DurationMs,
  type Instant,
  type Period,
  type ZoneId,
} from './time.ts'
export {
  callingCodeOf,
  dialledFrom,
  internationalPrefixesOf,
  internationalPrefixOf,
  maskNumber,
  parseE164,
  parsePhoneNumber,
  type CountryCode,
  type E164,
  type PhoneNumber,
} from './phone-number.ts'
