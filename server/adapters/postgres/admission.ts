import type { AdmissionStore, Decision, DecisionFilter, ListedDecision } from '#admission'
import { digitsSought, foldText } from '#directory'
import type { OrganizationId } from '#kernel'
import { type Insertable, type RawBuilder, sql } from 'kysely'
import type { Db } from './connection.ts'
import { decisionFrom, factsOf, listedFrom, rowOf, type DecisionRow } from './decision-row.ts'
import { openFacts } from './facts.ts'
import { digitsOf, olderThan, partOf } from './lists.ts'
import { membersWithText } from './members.ts'
import { openMonths, type Months } from './months.ts'
import { openStandings } from './standing.ts'
import type { Tables } from './tables.ts'
import { asTimestamp } from './values.ts'
import { loadWorld } from './world.ts'

export function openAdmissionStore(db: Db, decisions: Decisions = openDecisions(db)): AdmissionStore {
  const standings = openStandings()
  return {
    loadWorld: (attempt, reachability, inWork = []) => loadWorld(db, standings, { attempt, reachability, inWork }),
    async append(decision) {
      await insertionOf(db, await decisions.ready(decision)).execute()
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
      return row && (await decisions.whole([row]))[0]
    },
    async stored(after, limit) {
      const rows = await db
        .selectFrom('decision')
        .selectAll()
        .$if(after !== null, (query) => query.where('id', '>', after!))
        .orderBy('id')
        .limit(limit)
        .execute()
      return decisions.whole(rows)
    },
    list: (filter) => selectDecisions(db, filter),
  }
}

/** What writes decisions down, and reads them again, with their facts. */
export type Decisions = {
  /** The row, once its facts and its month's table are there. */
  ready(decision: Decision): Promise<Insertable<Tables['decision']>>
  whole(rows: readonly DecisionRow[]): Promise<readonly Decision[]>
}

export function openDecisions(db: Db, months: Months = openMonths(db)): Decisions {
  const facts = openFacts(db)
  return {
    async ready(decision) {
      await months.ready('decision', decision.attempt.at)
      return rowOf(decision, facts)
    },
    async whole(rows) {
      const bodies = await facts.bodiesOf(rows.flatMap(factsOf))
      return rows.map((row) => decisionFrom(row, bodies))
    },
  }
}

async function selectDecisions(db: Db, filter: DecisionFilter): Promise<readonly ListedDecision[]> {
  const { organizationId, callerId, isAdmitted, code, number, text, from, until } = filter
  const { after, limit } = filter.page
  const sought = text === null ? undefined : await isSought(db, organizationId, text)
  if (sought === null) return []
  const rows = await db
    .selectFrom('decision')
    .select(['id', 'call_id', 'organization_id', 'caller_id', 'callee_id', 'at', 'dialled', 'refusal'])
    .where('organization_id', '=', organizationId)
    .$if(callerId !== null, (query) => query.where('caller_id', '=', callerId!))
    .$if(isAdmitted === true, (query) => query.where('code', 'is', null))
    .$if(isAdmitted === false, (query) => query.where('code', 'is not', null))
    .$if(code !== null, (query) => query.where('code', '=', code!))
    .$if(number !== null, (query) => query.where(hasDialled(digitsOf(number!))))
    .$if(sought !== undefined, (query) => query.where(sought!))
    .$if(from !== null, (query) => query.where('at', '>=', asTimestamp(from!)))
    .$if(until !== null, (query) => query.where('at', '<', asTimestamp(until!)))
    .$if(after !== null, (query) => query.where(olderThan({ at: 'at', id: 'id' }, after!)))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(listedFrom)
}

// The expression is that of the index (migrations/0025-facts.ts).
const hasDialled = (digits: string) => sql<boolean>`regexp_replace(dialled, '\\D', '', 'g') LIKE ${partOf(digits)}`

/** The names are looked up first, so that the database knows how few they are; `null` = nobody and nothing has this text. */
async function isSought(db: Db, organizationId: OrganizationId, text: string): Promise<RawBuilder<boolean> | null> {
  const callers = await membersWithText(db, organizationId, foldText(text)).select('id').execute()
  const digits = digitsSought(text)
  const ways = [
    ...(callers.length === 0 ? [] : [sql`caller_id = ANY (${callers.map(({ id }) => id)})`]),
    ...(digits === null ? [] : [hasDialled(digits)]),
  ]
  return ways.length === 0 ? null : sql<boolean>`(${sql.join(ways, sql` OR `)})`
}

/** Written once: the same decision again changes nothing. */
export const insertionOf = (db: Pick<Db, 'insertInto'>, row: Insertable<Tables['decision']>) =>
  db
    .insertInto('decision')
    .values(row)
    .onConflict((conflict) => conflict.columns(['id', 'at']).doNothing())
