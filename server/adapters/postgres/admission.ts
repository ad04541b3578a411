import type { AdmissionStore, Decision } from '#admission'
import type { Selectable } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, timestamp } from './values.ts'
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
    async list(organizationId, { before, limit }) {
      const rows = await db
        .selectFrom('decision')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .$if(before !== null, (query) => query.where('at', '<', asTimestamp(before!)))
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(decisionFromRow)
    },
  }
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
