import type { AdmissionStore } from '#admission'
import type { AuditStore } from '#audit'
import type { Calls, CallStore, EventStore, Registration, Screens } from '#calls'
import type { CarrierStore, Trunk } from '#carriers'
import type { LicenceStore } from '#compliance'
import type { DirectoryStore, PushServices, ReachStore } from '#directory'
import type { EntitlementStore } from '#entitlements'
import type {
  IdentityStore,
  KnownDevices,
  OperatorKeys,
  Passwords,
  SignIns,
  SignOuts,
  SipAccess,
  SipUser,
} from '#identity'
import type { E164, Instant, TrunkId } from '#kernel'
import type { RecordStore } from '#records'
import type { FastifyBaseLogger } from 'fastify'
import type { Hub } from './hub.ts'
import type { IdempotencyStore } from './idempotency-store.ts'
import type { Metrics } from './metrics.ts'

/** All that the routes stand on. */
export type Parts = {
  readonly clock: { now(): Instant }
  readonly log: FastifyBaseLogger
  readonly stores: Stores
  readonly signIns: SignIns
  /** Ends sessions and everything that hangs on them; nothing else does. */
  readonly signOuts: SignOuts
  readonly operatorKeys: OperatorKeys
  readonly passwords: Passwords
  /** Known to everybody, such as the demo’s on an installation that is no demo. */
  readonly isPublicPassword: (password: string) => boolean
  readonly knownDevices: KnownDevices
  readonly sipAccess: SipAccess
  readonly calls: Calls
  readonly screens: Screens
  readonly engine: EngineAccess
  readonly hub: Hub
  readonly pushServices: Pick<PushServices, 'publicKey' | 'isTrusted'>
  readonly metrics: Metrics
  /** `null`: no demo. */
  readonly demo: DemoAccess | null
  readonly settings: Settings
}

export type Stores = {
  readonly directory: DirectoryStore
  readonly reach: ReachStore
  readonly carriers: CarrierStore
  readonly licences: LicenceStore
  readonly entitlements: EntitlementStore
  readonly records: RecordStore
  /** What a live call is doing is asked of `calls`, not of its store. */
  readonly calls: Pick<CallStore, 'callsOfPayingLegs'>
  readonly admission: AdmissionStore
  readonly identity: IdentityStore
  readonly idempotency: IdempotencyStore
  readonly events: EventStore
  readonly audit: AuditStore
  /** What `work` writes through these is there as a whole or not at all. */
  readonly atomically: <T>(
    work: (
      stores: Pick<Stores, 'directory' | 'reach' | 'carriers' | 'licences' | 'entitlements' | 'identity' | 'audit'>,
    ) => Promise<T>,
  ) => Promise<T>
}

/** What the routes ask of the engine beside calls. */
export type EngineAccess = {
  isUp(): boolean
  /**
   * Makes a trunk known as it is now, at run time. Resolves after the first try; what the engine did not take is tried
   * again until it has.
   */
  pushTrunk(trunk: Trunk): Promise<void>
  trunkProvisioning(trunkId: TrunkId): TrunkProvisioning
  /** Lets a browser in; at once when it is in already. Throws `SipUserRevoked` when its session is over. */
  addBrowser(user: SipUser): Promise<void>
  /** For good, whatever is in flight: a session that ended does not come back. */
  removeBrowser(sipUser: string): Promise<void>
}

/** What the engine has taken of a trunk's configuration, and whether the carrier took its REGISTER. */
export type TrunkProvisioning = {
  readonly configuration: 'whole' | 'partial' | 'missing'
  readonly registration: Registration
}

export type DemoAccess = {
  accounts(): readonly DemoAccount[]
  numbers(): Promise<readonly DemoNumber[]>
  /** Makes a handset on the simulated network known. */
  addHandset(handset: { readonly number: E164; readonly user: SipUser }): Promise<void>
}

export type DemoAccount = {
  readonly name: string
  readonly login: string
  readonly password: string
  readonly role: string
}
export type DemoNumber = {
  readonly number: E164
  readonly name: string
  readonly behaviour:
    | 'echo'
    | 'tone'
    | 'rings'
    | 'busy'
    | 'unallocated'
    | 'unavailable'
    | 'early-media'
    | 'hangs-up'
    | 'digits'
    | 'handset'
}

export type Settings = {
  /** Where people reach us. */
  readonly publicUrl: string
  readonly isDemo: boolean
  /** The built web; `null` = none, the API alone. */
  readonly webRoot: string | null
  /** What the supervisor writes of each part. */
  readonly partsFile: string
  readonly limits: RateLimits
}

export type RateLimits = {
  /** Requests a minute of one person, key or (for strangers) address. */
  readonly requests: number
  /** Wrong passwords of one address, of browsers that are not known, before it has to wait. */
  readonly signIns: number
  /** Wrong passwords for one login from one address or known browser before it has to wait; 20 times as many from all. */
  readonly wrongPasswords: number
  /** Requests of one address with an invented session or key that are answered as such, before they are not. */
  readonly strangers: number
}

export const USUAL_LIMITS: RateLimits = { requests: 1200, signIns: 60, wrongPasswords: 10, strangers: 600 }

/** Tests look for it: what a route answers and its document does not say is a fault of `route-errors.ts`. */
export const UNDOCUMENTED = 'a code that the document does not have'
