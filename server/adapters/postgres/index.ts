import type { AdmissionStore } from '#admission'
import type { AuditStore } from '#audit'
import type { CallStore, EngineLogStore, EventStore } from '#calls'
import type { CarrierStore } from '#carriers'
import type { LicenceStore } from '#compliance'
import type { DirectoryStore, ReachStore } from '#directory'
import type { EntitlementStore, Ledger } from '#entitlements'
import type { IdempotencyStore } from '#http'
import type { IdentityStore } from '#identity'
import type { NumberStore, RecordStore } from '#records'
import { sql } from 'kysely'
import { openAdmissionStore, openDecisions } from './admission.ts'
import { openAuditStore } from './audit.ts'
import { openCallStore } from './calls.ts'
import { openCarrierStore } from './carriers.ts'
import { openLicenceStore } from './compliance.ts'
import { applicationUrl, inTransaction, openPool, planningOnce, type Db } from './connection.ts'
import { openDirectoryStore } from './directory.ts'
import { openEngineLogStore } from './engine-log-store.ts'
import { openEntitlementStore } from './entitlements.ts'
import { openEventStore } from './events.ts'
import { openIdempotencyStore } from './idempotency.ts'
import { openIdentityStore } from './identity.ts'
import { openLedger } from './ledger.ts'
import { openMonths } from './months.ts'
import { openNumberStore } from './numbers.ts'
import { openReachStore } from './reach.ts'
import { openRecordStore } from './records.ts'
import { openRetention, type Retention } from './retention.ts'
import { openWriter } from './writer.ts'

export { LedgerUnreachable } from './batcher.ts'
export { migrate } from './migrate.ts'
export type { Retention } from './retention.ts'

/** Every port to the database, over one set of connections. */
export type Stores = {
  readonly directory: DirectoryStore
  readonly reach: ReachStore
  readonly carriers: CarrierStore
  readonly licences: LicenceStore
  readonly entitlements: EntitlementStore
  readonly ledger: Ledger
  readonly admission: AdmissionStore
  readonly calls: CallStore
  readonly idempotency: IdempotencyStore
  readonly events: EventStore
  readonly records: RecordStore
  readonly numbers: NumberStore
  readonly engineLogStore: EngineLogStore
  readonly identity: IdentityStore
  readonly audit: AuditStore
  readonly retention: Retention
  /** What `work` writes through these is there as a whole or not at all. */
  readonly atomically: <T>(work: (stores: SetUpStores) => Promise<T>) => Promise<T>
  /** Rejects when the database does not answer. */
  readonly ping: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What an installation or an organization is set up with, and who did it. The ledger has a connection of its own. */
export type SetUpStores = Pick<
  Stores,
  'directory' | 'reach' | 'carriers' | 'licences' | 'entitlements' | 'identity' | 'audit'
>

/** May be the owner's, where the database is somebody else's: the stores enter as the role `tandem_app` in any case. */
export type DatabaseAccess = { readonly appUrl: string }

export type StoreSettings = {
  /** How long a ledger operation is retried while Postgres is away. */
  readonly ledgerDeadlineMs?: number
  /** How long progress and events of calls are. Who writes them tries again. */
  readonly writerDeadlineMs?: number
  readonly connections?: number
  /** Hears how many operations of the ledger went into one statement. */
  readonly onLedgerBatch?: (size: number) => void
}

/** On a database that was migrated before, by its owner. */
export async function openStores({ appUrl }: DatabaseAccess, settings: StoreSettings = {}): Promise<Stores> {
  const url = applicationUrl(appUrl)
  const db = openPool(url, settings.connections ?? 10)
  const hot = openPool(planningOnce(url), HOT_CONNECTIONS)
  const months = openMonths(db)
  const decisions = openDecisions(db, months)
  const ledger = openLedger({
    url,
    deadlineMs: settings.ledgerDeadlineMs ?? 5_000,
    ...(settings.onLedgerBatch === undefined ? {} : { onBatch: settings.onLedgerBatch }),
  })
  const writer = openWriter({ url, deadlineMs: settings.writerDeadlineMs ?? 5_000 })
  const setUp = openSetUpStores(db)
  const { membersNamed, contactsNamed, limitsOf } = openDirectoryStore(hot)
  const { session } = openIdentityStore(hot)
  const { openPools, usedMs } = openEntitlementStore(hot)
  const { append, loadWorld, loadToPlace } = openAdmissionStore(hot, decisions)
  const { place, placePaid, saveEnd } = openCallStore(hot, { writer, ledger, decisions, months })
  return {
    ...setUp,
    // What each call asks.
    directory: { ...setUp.directory, membersNamed, contactsNamed, limitsOf },
    identity: { ...setUp.identity, session },
    entitlements: { ...setUp.entitlements, openPools, usedMs },
    admission: { ...openAdmissionStore(db, decisions), append, loadWorld, loadToPlace },
    calls: { ...openCallStore(db, { writer, ledger, decisions, months }), place, placePaid, saveEnd },
    idempotency: openIdempotencyStore(hot),
    ledger,
    events: openEventStore(db, writer),
    records: openRecordStore(db, months),
    numbers: openNumberStore(db),
    retention: openRetention(db, months),
    engineLogStore: openEngineLogStore(db),
    atomically: (work) => inTransaction(db, (transaction) => work(openSetUpStores(transaction))),
    async ping() {
      await sql`SELECT 1`.execute(db)
    },
    async close() {
      await Promise.all([ledger.close(), writer.close()])
      await Promise.all([db.destroy(), hot.destroy()])
    },
  }
}

const HOT_CONNECTIONS = 8

const openSetUpStores = (db: Db): SetUpStores => ({
  directory: openDirectoryStore(db),
  reach: openReachStore(db),
  carriers: openCarrierStore(db),
  licences: openLicenceStore(db),
  entitlements: openEntitlementStore(db),
  identity: openIdentityStore(db),
  audit: openAuditStore(db),
})
