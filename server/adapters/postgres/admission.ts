import type { AdmissionStore, Decision, DecisionFilter, ListedDecision } from '#admission'
import { digitsSought, foldText } from '#directory'
import type { MemberId, OrganizationId } from '#kernel'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from './connection.ts'
import {
  calleeIn,
  decisionFrom,
  factsOf,
  listedFrom,
  rowOf,
  type DecisionRow,
  type DecisionToBe,
  type ListedRow,
} from './decision-row.ts'
import { openFacts } from './facts.ts'
import { digitsOf, olderThan } from './lists.ts'
import { membersWithText } from './members.ts'
import { hasDigits, ledToBy, numberIdOf, textOf } from './numbers.ts'
import { openMonths, type Months } from './months.ts'
import { openStandings } from './standing.ts'
import { anyOf, asTimestamp } from './values.ts'
import { loadWorld } from './world.ts'

export function openAdmissionStore(db: Db, decisions: Decisions = openDecisions(db)): AdmissionStore {
  const standings = openStandings()
  return {
    async loadWorld(attempt, reachability, inWork = []) {
      return (await loadWorld(db, standings, { attempt, reachability, inWork }))?.world
    },
    loadToPlace: (attempt, reachability, inWork) => loadWorld(db, standings, { attempt, reachability, inWork }),
    async append(decision) {
      await insertionOf(db, await decisions.ready(decision)).execute()
    },
    async ofCall(organizationId, callId) {
      const row = await decisionsWhole(db)
        .where('organization_id', '=', organizationId)
        .where('call_id', '=', callId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && (await decisions.whole([row]))[0]
    },
    async stored(after, limit) {
      const rows = await decisionsWhole(db)
        .$if(after !== null, (query) =>
          query.where(sql<boolean>`(call_id, id) > (${after!.attempt.callId}::uuid, ${after!.id}::uuid)`),
        )
        .orderBy('call_id')
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
  ready(decision: Decision): Promise<DecisionToBe>
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
      const names = await namesOf(db, [...new Set(rows.flatMap((row) => calleeIn(row, bodies) ?? []))])
      return rows.map((row) => decisionFrom(row, { bodies, names }))
    },
  }
}

const decisionsWhole = (db: Db) => db.selectFrom('decision').selectAll().select(WRITTEN)

const WRITTEN = [textOf('decision.number_id').as('written'), ledToBy('decision.number_id').as('led')] as const

/** As they are called now; nobody whose name is gone. */
async function namesOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('member')
    .select(['id', 'name'])
    .where('id', '=', anyOf(ids as MemberId[]))
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

const destinationFact = sql<ListedRow['destination']>`(SELECT body FROM fact WHERE fact.id = destination_fact)`
const calleeName = sql<
  string | null
>`CASE WHEN code IN ('callee-off-hours', 'callee-undisturbed') THEN (SELECT member.name FROM fact
  JOIN member ON member.id = (body->'callee'->>'id')::uuid WHERE fact.id = callee_fact) END`

async function selectDecisions(db: Db, filter: DecisionFilter): Promise<readonly ListedDecision[]> {
  const { organizationId, callerId, isAdmitted, code, number, text, from, until } = filter
  const { after, limit } = filter.page
  const numbers = { organizationId, id: 'decision.number_id' }
  const [sought, dialled] = await Promise.all([
    text === null ? undefined : isSought(db, organizationId, text),
    number === null ? undefined : hasDigits(db, numbers, digitsOf(number)),
  ])
  if (sought === null || dialled === null) return []
  const rows = await db
    .selectFrom('decision')
    .select(['id', 'call_id', 'organization_id', 'caller_id', 'callee_id', 'at', 'kind', 'refusal'])
    .select([...WRITTEN, destinationFact.as('destination'), calleeName.as('callee_name')])
    .where('organization_id', '=', organizationId)
    .$if(callerId !== null, (query) => query.where('caller_id', '=', callerId!))
    .$if(isAdmitted === true, (query) => query.where('code', 'is', null))
    .$if(isAdmitted === false, (query) => query.where('code', 'is not', null))
    .$if(code !== null, (query) => query.where('code', '=', code!))
    .$if(number !== null, (query) => query.where(dialled!))
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

/** The names are looked up first, so that the database knows how few they are; `null` = nobody and nothing has this text. */
async function isSought(db: Db, organizationId: OrganizationId, text: string): Promise<RawBuilder<boolean> | null> {
  const callers = await membersWithText(db, organizationId, foldText(text)).select('id').execute()
  const digits = digitsSought(text)
  const ways = [
    callers.length === 0 ? null : sql`caller_id = ANY (${callers.map(({ id }) => id)})`,
    digits === null ? null : await hasDigits(db, { organizationId, id: 'decision.number_id' }, digits),
  ].filter((way) => way !== null)
  return ways.length === 0 ? null : sql<boolean>`(${sql.join(ways, sql` OR `)})`
}

/** Written once: the same decision again changes nothing. */
export const insertionOf = (db: Pick<Db, 'insertInto'>, { written, led_to: ledTo, ...row }: DecisionToBe) =>
  db
    .insertInto('decision')
    .values({ ...row, number_id: numberIdOf(row.organization_id, written, ledTo) })
    .onConflict((conflict) => conflict.columns(['call_id', 'id', 'at']).doNothing())
