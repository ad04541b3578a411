export { destinationOf, extensionIn, keysAfterAnswer } from './destination.ts'
export { emergencyNumber, emergencyPlanOf, type EmergencyPlan } from './emergency.ts'
export { callerNumberFor, type NumberRight } from './number.ts'
export { readerBy, type Reading } from './reading.ts'
export {
  callerIdFor,
  dialStringFor,
  requestUriFor,
  routesFor,
  sipUriOf,
  type Dialled,
  type TrunkState,
} from './routes.ts'
export type { CarrierStore } from './store.ts'
export type { Carrier, Trunk } from './trunk.ts'
export type { Destination, Zone } from './zone.ts'
