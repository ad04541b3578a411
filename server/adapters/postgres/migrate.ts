import { type Migration, Migrator } from 'kysely/migration'
import { openPool } from './connection.ts'
import * as directory from './migrations/0001-directory.ts'
import * as carriers from './migrations/0002-carriers.ts'
import * as entitlements from './migrations/0003-entitlements.ts'
import * as calls from './migrations/0004-calls.ts'
import * as engineLog from './migrations/0005-engine-log.ts'
import * as pinnedTerms from './migrations/0006-pinned-terms.ts'
import * as engineLogRotation from './migrations/0007-engine-log-rotation.ts'
import * as searchKeys from './migrations/0008-search-keys.ts'
import * as memberUsage from './migrations/0009-member-usage.ts'
import * as people from './migrations/0010-people.ts'
import * as listIndexes from './migrations/0011-list-indexes.ts'
import * as trunkOptions from './migrations/0012-trunk-options.ts'
import * as organizationCodes from './migrations/0013-organization-codes.ts'
import * as whoWasCalled from './migrations/0014-who-was-called.ts'
import * as pinyinKeys from './migrations/0015-pinyin-keys.ts'
import * as privateNames from './migrations/0016-private-names.ts'
import * as oneMonth from './migrations/0017-one-month.ts'
import * as typedNumbers from './migrations/0018-typed-numbers.ts'
import * as parties from './migrations/0020-parties.ts'
import * as takenTogether from './migrations/0021-ledger-apply.ts'
import * as facts from './migrations/0025-facts.ts'
import * as revisions from './migrations/0026-revisions.ts'
import * as writer from './migrations/0030-writer.ts'
import * as sealedLater from './migrations/0031-sealed-later.ts'
import * as drawsByUse from './migrations/0032-draws-by-use.ts'
import * as months from './migrations/0033-months.ts'
import * as placeDown from './migrations/0037-place-down.ts'
import * as numbers from './migrations/0038-numbers.ts'
import * as events from './migrations/0039-events.ts'
import * as ends from './migrations/0040-ends.ts'
import * as endedCalls from './migrations/0041-ended-calls.ts'
import * as keys from './migrations/0042-keys.ts'
import * as erasedWhileWritten from './migrations/0043-erased-while-written.ts'
import * as soonVacuumed from './migrations/0044-soon-vacuumed.ts'
import * as insideTheApp from './migrations/0045-inside-the-app.ts'
import * as reach from './migrations/0046-reach.ts'
import * as ledgerApply from './migrations/0019-ledger-apply.ts'

/** In order; one that ran anywhere is never edited again. */
const migrations: Record<string, Migration> = {
  '0001-directory': directory,
  '0002-carriers': carriers,
  '0003-entitlements': entitlements,
  '0004-calls': calls,
  '0005-engine-log': engineLog,
  '0006-pinned-terms': pinnedTerms,
  '0007-engine-log-rotation': engineLogRotation,
  '0008-search-keys': searchKeys,
  '0009-member-usage': memberUsage,
  '0010-people': people,
  '0011-list-indexes': listIndexes,
  '0012-trunk-options': trunkOptions,
  '0013-organization-codes': organizationCodes,
  '0014-who-was-called': whoWasCalled,
  '0015-pinyin-keys': pinyinKeys,
  '0016-private-names': privateNames,
  '0017-one-month': oneMonth,
  '0018-typed-numbers': typedNumbers,
  '0020-parties': parties,
  '0021-ledger-apply': takenTogether,
  '0025-facts': facts,
  '0026-revisions': revisions,
  '0019-ledger-apply': ledgerApply,
  '0030-writer': writer,
  '0031-sealed-later': sealedLater,
  '0032-draws-by-use': drawsByUse,
  '0033-months': months,
  '0037-place-down': placeDown,
  '0038-numbers': numbers,
  '0039-events': events,
  '0040-ends': ends,
  '0041-ended-calls': endedCalls,
  '0042-keys': keys,
  '0043-erased-while-written': erasedWhileWritten,
  '0044-soon-vacuumed': soonVacuumed,
  '0045-inside-the-app': insideTheApp,
  '0046-reach': reach,
}

/** Brings the schema up to date (or to `upTo`). All or nothing, under a lock: several servers may start at once. */
export async function migrate(ownerUrl: string, upTo?: keyof typeof migrations): Promise<void> {
  const db = openPool(ownerUrl, 1)
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
    const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
    if (error !== undefined) throw new Error('the database could not be migrated', { cause: error })
  } finally {
    await db.destroy()
  }
}
