import type { AdmissionStore, Decision, DecisionFilter, ListedDecision } from '#admission'
import { digitsSought, foldText } from '#directory'
import type { OrganizationId } from '#kernel'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from './connection.ts'
import { digitsOf, olderThan, partOf } from './lists.ts'
import { membersWithText } from './members.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, timestamp } from './values.ts'
import { loadWorld, type Locales } from './world.ts'

export function openAdmissionStore(db: Db): AdmissionStore {
  const locales: Locales = new Map()
  return {
    loadWorld: (attempt, reachability, inWork = []) => loadWorld(db, locales, { attempt, reachability, inWork }),
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
    list: (filter) => selectDecisions(db, filter),
  }
}

async function selectDecisions(db: Db, filter: DecisionFilter): Promise<readonly ListedDecision[]> {
  const { organizationId, callerId, isAdmitted, code, number, text, from, until } = filter
  const { after, limit } = filter.page
  const sought = text === null ? undefined : await isSought(db, organizationId, text)
  if (sought === null) return []
  return db
    .selectFrom('decision')
    .select(['id', 'attempt', 'admission'])
    .where('organization_id', '=', organizationId)
    .$if(callerId !== null, (query) => query.where(sql<boolean>`attempt->>'callerId' = ${callerId}`))
    .$if(isAdmitted === true, (query) => query.where(sql<boolean>`admission->>'admitted' = 'true'`))
    .$if(isAdmitted === false, (query) => query.where(sql<boolean>`admission->>'admitted' = 'false'`))
    .$if(code !== null, (query) => query.where(sql<boolean>`admission->'refusal'->>'code' = ${code}`))
    .$if(number !== null, (query) => query.where(hasDialled(digitsOf(number!))))
    .$if(sought !== undefined, (query) => query.where(sought!))
    .$if(from !== null, (query) => query.where('at', '>=', asTimestamp(from!)))
    .$if(until !== null, (query) => query.where('at', '<', asTimestamp(until!)))
    .$if(after !== null, (query) => query.where(olderThan({ at: 'at', id: 'id' }, after!)))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

// The expressions are those of the indexes (migrations/0011-list-indexes.ts).
const hasDialled = (digits: string) =>
  sql<boolean>`regexp_replace(attempt->>'dialled', '\\D', '', 'g') LIKE ${partOf(digits)}`

/** The names are looked up first, so that the database knows how few they are; `null` = nobody and nothing has this text. */
async function isSought(db: Db, organizationId: OrganizationId, text: string): Promise<RawBuilder<boolean> | null> {
  const callers = await membersWithText(db, organizationId, foldText(text)).select('id').execute()
  const digits = digitsSought(text)
  const ways = [
    ...(callers.length === 0 ? [] : [sql`attempt->>'callerId' = ANY (${callers.map(({ id }) => id)})`]),
    ...(digits === null ? [] : [hasDialled(digits)]),
  ]
  return ways.length === 0 ? null : sql<boolean>`(${sql.join(ways, sql` OR `)})`
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
