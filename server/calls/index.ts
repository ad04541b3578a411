export { callerNumberOf, dialledOf, type Call, type CallState } from './call.ts'
export { payingLegId, type Leg } from './leg.ts'
export { sliceOperationId, type Meter, type Metering } from './meter.ts'
export type { CallDependencies, CallFault, CallLog, CallSettings, Screens, Timers } from './dependencies.ts'
export { createCalls } from './service.ts'
export type {
  CallCommand,
  Calls,
  CommandRefusal,
  DialIn,
  HangupCommand,
  Once,
  OwnCommand,
  Placed,
  PlaceBusiness,
  PlaceNetwork,
  PlaceRequest,
  Refused,
  Ringing,
  SignedOut,
} from './calls.ts'
export type { EndedBy, Engine, EngineEvent, LiveChannel, OutgoingLeg, Registration, Seat } from './engine.ts'
export { KeyTaken } from './store.ts'
export type {
  CallScope,
  CallStore,
  Paying,
  RequestKey,
  StoredCall,
  StoredLeg,
  StoredParty,
  UnreadableCall,
} from './store.ts'
export { partyIdOf } from './party.ts'
export { snapshotOfStored } from './room.ts'
export type {
  BootEnd,
  ChannelHistory,
  EngineLog,
  EngineLogLine,
  EngineLogPosition,
  EngineLogStore,
} from './engine-log.ts'
export { recordIdOf } from './closing.ts'
export {
  isHeardIn,
  isOf,
  type CallEnded,
  type CallEvent,
  type CallSnapshot,
  type EventScope,
  type EventStore,
  type LastTold,
  type LatestNumbers,
  type MissedEnd,
  type NewEvent,
  type NumberedEvent,
} from './events.ts'
