import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { poolKey } from '#entitlements'
import { type CallId, instant, type MemberId, type OrganizationId, type PoolId } from '#kernel'
import { openAdmissionStore, openDecisions } from './admission.ts'
import { openCallStore } from './calls.ts'
import { types } from './connection.ts'
import { openDirectoryStore } from './directory.ts'
import { openEntitlementStore } from './entitlements.ts'
import { openEventStore } from './events.ts'
import { migrate } from './migrate.ts'
import { openLedger } from './ledger.ts'
import { openMonths } from './months.ts'
import { openRecordStore } from './records.ts'
import type { Tables } from './tables.ts'
import { bareDatabase, type TestDatabase } from './testing.ts'
import { openWriter } from './writer.ts'

/** What each list asks of the database, told by the database itself, where there is much: hundreds of thousands of rows. */
let database: TestDatabase
let owner: pg.Client
let db: Kysely<Tables>
const asked: { readonly sql: string; readonly parameters: readonly unknown[] }[] = []

/** Enough for a plan to be another one than where there is little. */
const MANY = 100_000
/** Two organizations, one with nearly everything; in it every call is of one of 64 members. */
const id = (kind: string, n: number | string) => `('00000000-0000-4000-8${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const known = (kind: string, n: number) => `00000000-0000-4000-8${kind}-${n.toString(16).padStart(12, '0')}`
const [ORGANIZATION, MEMBER, CALL, RECORD, DECISION, POOL] = ['001', '002', '003', '004', '005', '006'] as const
const organizationId = known(ORGANIZATION, 1) as OrganizationId
const memberId = known(MEMBER, 35) as MemberId
const at = `timestamptz '2026-01-01 00:00Z' + n / 2 * interval '100 s'`
const organizationOf = `CASE WHEN n % 100 = 0 THEN ${id(ORGANIZATION, 2)} ELSE ${id(ORGANIZATION, 1)} END`
const memberOf = id(MEMBER, `n % 64 * 5`)
const series = (count: number) => `FROM generate_series(1, ${count}) AS n`
const dialled = `'+86139' || lpad((n::bigint * 7919 % 100000000)::text, 8, '0')`

const rows = [
  `INSERT INTO organization SELECT ${id(ORGANIZATION, 'n')}, 'o' || n, 'Asia/Shanghai', 'CN', 'cn', 'verified', 'active' ${series(2)}`,
  `INSERT INTO member (id, organization_id, name, login, role, standing, phone, tags, is_shielded, is_number_hidden, sort_key, search_text)
     SELECT ${id(MEMBER, 'n')}, CASE WHEN n > 512 THEN ${id(ORGANIZATION, 2)} ELSE ${id(ORGANIZATION, 1)} END, 'm' || n, 'login' || n, 'member',
       'active', '+8613' || n, '{}', n % 50 = 0, n % 20 = 0, 'm' || n, E'm' || n || E'\\nlogin' || n FROM generate_series(0, 25000) AS n`,
  `INSERT INTO contact SELECT ${id(ORGANIZATION, 1)}, ${memberOf}, '+86' || n, 'c' || n ${series(25_000)}`,
  `INSERT INTO record SELECT ${id(RECORD, 'n')}, NULL, ${id(CALL, 'n')}, ${organizationOf}, ${memberOf}, 'business', 'direct', 'ip-telephony', NULL,
     ${dialled}, ${at}, CASE WHEN n % 3 > 0 THEN ${at} END, ${at}, CASE WHEN n % 5000 = 0 THEN 'engine-failure' ELSE 'hangup-caller' END,
     ${id(POOL, 1)}, 60000, 0, '[]', '[]' ${series(MANY)}`,
  `INSERT INTO decision SELECT ${id(DECISION, 'n')}, ${organizationOf}, ${id(CALL, 'n')}, ${at},
     jsonb_build_object('callerId', ${memberOf}, 'dialled', ${dialled}), '{}',
     CASE WHEN n % 5000 = 0 THEN '{"admitted": false, "refusal": {"code": "no-route"}}'::jsonb
          WHEN n % 20 = 0 THEN '{"admitted": false, "refusal": {"code": "caller-barred"}}' ELSE '{"admitted": true}' END ${series(MANY)}`,
  `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, metering, state, is_on_hold, ended_at, end_reason, meter_leg_id)
     SELECT ${id(CALL, 'n')}, ${organizationOf}, ${memberOf}, ${at}, '1', '{"dialled": {"kind": "number", "number": "+861"}}', '{}', CASE WHEN n > ${MANY - 20} THEN 'placed' ELSE 'ended' END, false,
       CASE WHEN n <= ${MANY - 20} THEN ${at} END, CASE WHEN n <= ${MANY - 20} THEN 'busy' END, ${id(CALL, 'n')} ${series(MANY)}`,
  `INSERT INTO event (organization_id, member_id, type, payload, at) SELECT ${organizationOf}, ${memberOf}, type,
     jsonb_build_object('callId', ${id(CALL, 'n')}, 'leftMs', n), ${at}
     FROM generate_series(1, ${MANY}, 2) AS n, unnest('{minutes-left,call-ended}'::text[]) AS type`,
  `INSERT INTO leg (id, call_id, kind, channel_id, started_at, boot_id) SELECT ${id(CALL, 'n')}, ${id(CALL, 'n')}, 'app', 'c', ${at}, 'b'
     FROM generate_series(${MANY - 10_000}, ${MANY}) AS n`,
  `INSERT INTO ledger SELECT ${id(POOL, 'n % 250')}, n / 250, ${id(CALL, 'n')}, 'grant', NULL, 1, 0, 0, 'system', NULL, ${at} ${series(50_000)}`,
  `INSERT INTO pool (id, organization_id, bucket, member_id, period_from, period_until) SELECT ${id(POOL, 'n')}, ${id(ORGANIZATION, 1)}, 'member',
     ${memberOf}, timestamptz '2020-01-01Z' + n * interval '1 day', timestamptz '2020-01-02Z' + n * interval '1 day' FROM generate_series(0, 20000) AS n`,
]

beforeAll(async () => {
  database = await bareDatabase()
  // The rows come before the indexes of the lists, as they do where a new release meets what is there.
  await migrate(database.ownerUrl, '0008-search-keys')
  owner = await connected()
  await owner.query(`ALTER DATABASE ${owner.database} SET maintenance_work_mem = '256MB'`)
  await owner.query('ALTER TABLE record DROP CONSTRAINT record_supersedes_fkey')
  const other = await connected()
  await Promise.all([insert(owner, [...rows.slice(0, 4), ...rows.slice(6)]), insert(other, rows.slice(4, 6))])
  await other.end()
  await migrate(database.ownerUrl)
  await owner.query('ANALYZE')
  const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: database.appUrl, max: 1, types }) })
  db = new Kysely<Tables>({ dialect, log: ({ query: { sql, parameters } }) => void asked.push({ sql, parameters }) })
}, 1_200_000)
afterAll(async () => {
  await db?.destroy()
  await owner.end()
  await database.drop()
})

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  // Foreign keys are not looked up row by row: the rows fit by the way they are made.
  await client.query('SET session_replication_role = replica')
  return client
}

async function insert(client: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement)
}

type Plan = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly Plan[]
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

const rowsRead = (node: Plan): number =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
  node['Actual Loops']

/** Small whatever happens: as many as there are carriers, departments, organizations, facts, calls that go on; and the months that were made ahead, empty. */
const AHEAD = ['decision_2026_03', 'record_2026_03', 'record_party_2026_03', 'event_2026_03']
const SMALL = new Set(['organization', 'department', 'member_department', 'fact', 'call', 'party', 'leg', ...AHEAD])

/** A tenth of what a scan reads; a page has 51. */
const MOST_ROWS_READ = MANY / 10

const admission = () => openAdmissionStore(db)
/** Asks for no connection until it writes. */
const writer = () => openWriter({ url: database.appUrl, deadlineMs: 5_000 })
const ledger = () => openLedger({ url: database.appUrl, deadlineMs: 5_000 })
const calls = () =>
  openCallStore(db, { writer: writer(), ledger: ledger(), decisions: openDecisions(db), months: openMonths(db) })
const directory = () => openDirectoryStore(db)
const entitlements = () => openEntitlementStore(db)
const events = () => openEventStore(db, writer())
const records = () => openRecordStore(db)

const page = { after: null, limit: 51 }
const middle = instant(Date.parse('2026-01-30T00:00:00.000Z'))
/** Of the last row. */
const end = instant(Date.parse('2026-01-01T00:00:00.000Z') + MANY * 50_000)
const further = { after: { key: middle, id: known(RECORD, 0xffffff) }, limit: 51 }
const inCharge = { memberId, isInCharge: true }
const anyRecord = {
  organizationId,
  callId: null,
  memberId: null,
  endReason: null,
  isAnswered: null,
  number: null,
  text: null,
  reader: inCharge,
  from: null,
  until: null,
  page,
}
const anyDecision = {
  organizationId,
  callerId: null,
  isAdmitted: null,
  code: null,
  number: null,
  text: null,
  from: null,
  until: null,
  page,
}
const anyCall = { organizationId, memberId: null, isLiveOnly: false, page }
const anyMember = { organizationId, reader: null, text: null, departmentId: null, role: null, standing: null, page }
const phone = '+8613900079190'
const anyPool = {
  organizationId,
  reader: null,
  memberId: null,
  text: null,
  bucket: null,
  monthFrom: middle,
  drawnAt: middle,
  expected: { at: middle, periodFrom: middle, isOrganizations: true, members: 'all' },
  page,
} as const
const afterPool = { after: { key: poolKey({ sortKey: 'm3', periodFrom: middle }), id: memberId }, limit: 51 }

const lists: { readonly [what: string]: () => Promise<unknown> } = {
  'records, the first page': () => records().list(anyRecord),
  'records, a later page': () => records().list({ ...anyRecord, page: further }),
  'records of a member': () => records().list({ ...anyRecord, memberId }),
  'records of a member, a later page': () => records().list({ ...anyRecord, memberId, page: further }),
  'records that ended rarely so': () => records().list({ ...anyRecord, endReason: 'engine-failure' }),
  'records that were not answered': () => records().list({ ...anyRecord, isAnswered: false }),
  'records of a period': () => records().list({ ...anyRecord, from: middle, until: instant(middle + 60_000) }),
  'records of a call': () => records().list({ ...anyRecord, callId: known(CALL, 77) as CallId }),
  'records by a number': () => records().list({ ...anyRecord, number: phone }),
  'records by last digits that nobody dialled': () => records().list({ ...anyRecord, number: '99999999999' }),
  'records by two digits': () => records().list({ ...anyRecord, number: '13' }),
  'records by a number, for an ordinary member': () =>
    records().list({ ...anyRecord, memberId, number: '0007919', reader: { memberId, isInCharge: false } }),
  'records by a name': () => records().list({ ...anyRecord, text: 'login300' }),
  'records by a name that nobody has': () => records().list({ ...anyRecord, text: 'nobody' }),
  'records by the text of a number': () => records().list({ ...anyRecord, text: phone }),
  'the record of a call': () => records().ofCall(organizationId, known(CALL, 5) as CallId),
  'decisions, the first page': () => admission().list(anyDecision),
  'decisions, a later page': () => admission().list({ ...anyDecision, page: further }),
  'decisions of a member': () => admission().list({ ...anyDecision, callerId: memberId }),
  refusals: () => admission().list({ ...anyDecision, isAdmitted: false }),
  'refusals with a rare code': () => admission().list({ ...anyDecision, code: 'no-route' }),
  'decisions by a number': () => admission().list({ ...anyDecision, number: phone }),
  'decisions by a number that nobody dialled': () => admission().list({ ...anyDecision, number: '99999999999' }),
  'refusals by a name': () => admission().list({ ...anyDecision, isAdmitted: false, text: 'login300' }),
  'refusals by a name that nobody has': () => admission().list({ ...anyDecision, isAdmitted: false, text: 'nobody' }),
  'decisions of a period': () => admission().list({ ...anyDecision, from: middle, until: instant(middle + 60_000) }),
  'calls, the first page': () => calls().list(anyCall),
  'calls, a later page': () => calls().list({ ...anyCall, page: further }),
  'a call that is over': () => calls().find(organizationId, known(CALL, 5) as CallId),
  'calls of a member, a later page': () => calls().list({ ...anyCall, memberId, page: further }),
  'calls of a member': () => calls().list({ ...anyCall, memberId }),
  'calls that go on': () => calls().list({ ...anyCall, isLiveOnly: true }),
  'calls that go on, of a member': () => calls().list({ ...anyCall, memberId, isLiveOnly: true }),
  'all calls that go on': () => calls().live(),
  'calls of legs': () => calls().callsOfPayingLegs(organizationId, [known(CALL, 5), known(CALL, 6)]),
  'members, the first page': () => directory().listMembers(anyMember),
  'members, a later page': () =>
    directory().listMembers({ ...anyMember, page: { after: { key: 'm3', id: memberId }, limit: 51 } }),
  'members by a name': () => directory().listMembers({ ...anyMember, text: 'login300' }),
  'members as one sees them': () => directory().listMembers({ ...anyMember, reader: memberId, text: '1377' }),
  'members who are named': () =>
    directory().membersNamed(organizationId, { ids: [memberId, known(MEMBER, 9) as MemberId], phones: ['+8613300'] }),
  'contacts of a member': () => directory().contacts(organizationId, memberId),
  'contacts who are named': () => directory().contactsNamed(organizationId, memberId, ['+867']),
  'pools of a month, the first page': () => entitlements().listPools(anyPool),
  'pools of a month, a later page': () => entitlements().listPools({ ...anyPool, page: afterPool }),
  'pools of all months': () => entitlements().listPools({ ...anyPool, monthFrom: null }),
  'pools of all months, a later page': () => entitlements().listPools({ ...anyPool, monthFrom: null, page: afterPool }),
  'pools by a name': () => entitlements().listPools({ ...anyPool, text: 'login300' }),
  'pools of a member': () => entitlements().listPools({ ...anyPool, memberId }),
  'a pool': () => entitlements().pool(organizationId, known(POOL, 3) as PoolId),
  'the ledger of a pool': () =>
    entitlements().ledger({ organizationId, poolId: known(POOL, 3) as PoolId, page: { after: null, limit: 51 } }),
  'the ledger of a pool, a later page': () =>
    entitlements().ledger({
      organizationId,
      poolId: known(POOL, 3) as PoolId,
      page: { after: { key: 100, id: known(POOL, 3) }, limit: 51 },
    }),
  'the latest event': () => events().latest(organizationId),
  'the latest event of a new organization': () => events().latest(known(ORGANIZATION, 9) as OrganizationId),
  'events that an administrator missed': () => events().since(1000, { organizationId, memberId: null }, 500),
  'events that a member missed': () => events().since(1000, { organizationId, memberId }, 500),
  'events of a member who has none': () =>
    events().since(1000, { organizationId, memberId: known(MEMBER, 90_000) as MemberId }, 500),
}

async function plansOf(work: () => Promise<unknown>): Promise<readonly Plan[]> {
  asked.length = 0
  await work()
  const plans: Plan[] = []
  for (const { sql, parameters } of asked.filter(({ sql }) => /^\s*select/i.test(sql))) {
    const { rows: told } = await owner.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...parameters])
    plans.push(told[0]['QUERY PLAN'][0].Plan)
  }
  return plans
}

test('the facts of an attempt: of decisions and calls nothing is read but the caller’s last day', async () => {
  const attempt = { callId: known(CALL, 0) as CallId, at: end, organizationId, callerId: memberId, dialled: phone }
  const plans = await plansOf(() => admission().loadWorld({ ...attempt, kind: 'business', mode: 'direct' }, {}))
  const isAsked = (name = '') => /^(decision|record)/.test(name) && !SMALL.has(name)
  const nodes = plans.flatMap(nodesOf).filter((node) => isAsked(node['Relation Name']))
  // The part in this month of `decision_typed` or of `decision_member`: here nearly all decisions are in both.
  const indexes = nodes.map((node) => node['Index Name'])
  expect(indexes).toContainEqual(expect.stringMatching(/^decision_2026_02_caller_id_at_(id_)?idx$/))
  expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  // He decided 13 times a day; 20 calls of all go on.
  expect(Math.max(...nodes.map(rowsRead))).toBeLessThan(100)
})

test.each(Object.entries(lists))('%s: found by an index, whatever else there is', async (_, list) => {
  for (const plan of await plansOf(list)) {
    const nodes = nodesOf(plan).filter((node) => !SMALL.has(node['Relation Name'] ?? ''))
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
    expect(Math.max(...nodes.map(rowsRead)), JSON.stringify(plan, null, 1)).toBeLessThan(MOST_ROWS_READ)
  }
})
