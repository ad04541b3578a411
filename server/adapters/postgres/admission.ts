import type { AdmissionStore, Decision, ListedDecision } from '#admission'
import type { OrganizationId, Page } from '#kernel'
import type { Selectable } from 'kysely'
import type { Db } from './connection.ts'
import { olderThan } from './lists.ts'
import type { Tables } from './tables.ts'
import { timestamp } from './values.ts'
import { loadWorld, type Locales } from './world.ts'

export function openAdmissionStore(db: Db): AdmissionStore {
  const locales: Locales = new Map()
  return {
    loadWorld: (attempt, reachability) => loadWorld(db, locales, { attempt, reachability }),
    async append(decision) {
      await insertionOf(db, decision).execute()
    },
    async ofCall(organizationId, callId) {
      const row = await db
        .selectFrom('decision')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('call_id', '=', callId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && decisionFromRow(row)
    },
    list: (organizationId, page) => selectDecisions(db, organizationId, page),
  }
}

async function selectDecisions(
  db: Db,
  organizationId: OrganizationId,
  { after, limit }: Page,
): Promise<readonly ListedDecision[]> {
  return db
    .selectFrom('decision')
    .select(['id', 'attempt', 'admission'])
    .where('organization_id', '=', organizationId)
    .$if(after !== null, (query) => query.where(olderThan({ at: 'at', id: 'id' }, after!)))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Written once: the same decision again changes nothing. */
export const insertionOf = (db: Pick<Db, 'insertInto'>, { id, attempt, world, admission }: Decision) =>
  db
    .insertInto('decision')
    .values({
      id,
      organization_id: attempt.organizationId,
      call_id: attempt.callId,
      at: timestamp(attempt.at),
      attempt: JSON.stringify(attempt),
      world: JSON.stringify(world),
      admission: JSON.stringify(admission),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())

const decisionFromRow = (row: Selectable<Tables['decision']>): Decision => ({
  id: row.id,
  attempt: row.attempt,
  world: row.world,
  admission: row.admission,
})
