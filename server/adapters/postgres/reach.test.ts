import { MOST_MISSED, MOST_SUBSCRIPTIONS, type PushSubscription } from '#directory'
import { later, newId, type Instant, type MemberId } from '#kernel'
import type { CallRecord } from '#records'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { types } from './connection.ts'
import { openReachStore } from './reach.ts'
import type { Tables } from './tables.ts'
import { aMember, aRecord, minute, noon, subscribe as aSubscriber, type Subscriber } from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let owner: pg.Client
let subscriber: Subscriber

beforeAll(async () => {
  opened = await openTestStores()
  owner = new pg.Client({ connectionString: opened.database.ownerUrl })
  await owner.connect()
  subscriber = await aSubscriber(opened.stores)
})
afterAll(async () => {
  await owner.end()
  await opened.close()
})

const reach = () => opened.stores.reach

async function somebody() {
  const organizationId = subscriber.organization.id
  const { id: memberId } = aMember(organizationId)
  await opened.stores.directory.createMember(aMember(organizationId, { id: memberId }))
  return { organizationId, memberId }
}

test('do not disturb: is as it was wished, and the wish of one member alone', async () => {
  const [one, other] = [await somebody(), await somebody()]
  expect(await reach().doNotDisturb(one.memberId)).toBeNull()
  for (const wish of [{ until: noon }, { until: null }, null]) {
    await reach().changeDoNotDisturb(one, wish)
    expect(await reach().doNotDisturb(one.memberId)).toEqual(wish)
  }
  expect(await reach().doNotDisturb(other.memberId)).toBeNull()
})

test('do not disturb: is read by admission as JSON with an instant, or as nothing', async () => {
  const one = await somebody()
  const stored = async () =>
    (await owner.query('SELECT do_not_disturb FROM reach WHERE member_id = $1', [one.memberId])).rows
  await reach().changeDoNotDisturb(one, { until: noon })
  expect(await stored()).toEqual([{ do_not_disturb: { until: noon } }])
  await reach().changeDoNotDisturb(one, null)
  expect(await stored()).toEqual([{ do_not_disturb: null }])
})

test('do not disturb: makes nobody read the facts of an organization anew', async () => {
  const one = await somebody()
  const revision = async () =>
    (await owner.query('SELECT revision_of($1) AS n', [one.organizationId])).rows[0].n as string
  const before = await revision()
  await reach().changeDoNotDisturb(one, { until: null })
  await reach().seen(one, noon)
  expect(await revision()).toBe(before)
})

/** Called inside the app, and nobody answered. */
const missed = (memberId: MemberId, changes: Partial<CallRecord> = {}): CallRecord =>
  aRecord(
    { organizationId: subscriber.organization.id, memberId: subscriber.member.id },
    {
      kind: 'network',
      path: 'internet',
      dialled: '801',
      calleeId: memberId,
      placedAt: noon,
      answeredAt: null,
      endReason: 'no-answer',
      parties: [
        { partyId: newId(), role: 'initiator', memberId: subscriber.member.id },
        { partyId: newId(), role: 'participant', memberId },
      ],
      ...changes,
    },
  )
const append = async (...records: readonly CallRecord[]) => {
  for (const record of records) await opened.stores.records.append(record)
}

test('missed calls: are those inside the app that ended unanswered, but for what he declined', async () => {
  const { memberId } = await somebody()
  await append(
    missed(memberId),
    missed(memberId, { endReason: 'cancelled' }),
    missed(memberId, { endReason: 'unreachable' }),
    missed(memberId, { endReason: 'rejected' }),
    // Nobody dialled in: he heard nothing of it.
    missed(memberId, { endReason: 'abandoned' }),
    missed(memberId, { answeredAt: noon, endReason: 'hangup-caller' }),
    missed(memberId, { kind: 'business' }),
    // His own call, that nobody answered.
    missed(memberId, { parties: [{ partyId: newId(), role: 'initiator', memberId }] }),
  )
  expect(await reach().missed(memberId)).toEqual({ count: 3, seenUntil: null })
  expect((await reach().missed(subscriber.member.id)).count).toBe(0)
})

test('missed calls: count once when a correction says the same, and no more when it says otherwise', async () => {
  const { memberId } = await somebody()
  const [kept, answered] = [missed(memberId), missed(memberId)]
  const correctionOf = (record: CallRecord, changes: Partial<CallRecord> = {}) => ({
    ...record,
    id: newId<'record'>(),
    supersedes: record.id,
    ...changes,
  })
  await append(kept, answered, correctionOf(kept), correctionOf(answered, { answeredAt: noon }))
  expect((await reach().missed(memberId)).count).toBe(1)
})

test('missed calls: are seen up to an instant, inclusive, and stay seen', async () => {
  const one = await somebody()
  const at = [0, 1, 2].map((minutes) => later(noon, minutes * minute))
  await append(...at.map((placedAt) => missed(one.memberId, { placedAt })))
  const countAfter = async (until: Instant) => {
    await reach().seen(one, until)
    return reach().missed(one.memberId)
  }
  expect(await countAfter(later(noon, -1))).toEqual({ count: 3, seenUntil: later(noon, -1) })
  expect(await countAfter(at[1]!)).toEqual({ count: 1, seenUntil: at[1] })
  expect(await countAfter(at[0]!)).toEqual({ count: 1, seenUntil: at[1] })
  await reach().changeDoNotDisturb(one, { until: null })
  expect(await countAfter(at[2]!)).toEqual({ count: 0, seenUntil: at[2] })
})

test('missed calls: of somebody with thousands of records are found by the index of his own, and counted to a hundred', async () => {
  const one = await somebody()
  const sample = missed(one.memberId)
  await append(sample)
  // 20,000 a second apart; of 30 that he was in he was called 3 times, and missed one.
  const another = `jsonb_build_object('id', ids.id, 'call_id', ids.id, 'placed_at', $2::timestamptz + n * interval '1 s',
    'answered_at', CASE WHEN n % 30 <> 0 THEN $2::timestamptz END)`
  const records = (
    table: string,
  ) => `FROM (SELECT n, md5(n::text)::uuid AS id FROM generate_series(1, 20000) AS n) AS ids,
    ${table} AS sample WHERE sample.${table === 'record' ? 'id' : 'record_id'} = $1`
  const values = [sample.id, new Date(noon)]
  await owner.query(
    `INSERT INTO record SELECT (jsonb_populate_record(sample, ${another})).* ${records('record')}`,
    values,
  )
  const role = `CASE WHEN n % 10 = 0 THEN 'participant' ELSE 'initiator' END`
  await owner.query(
    `INSERT INTO record_party (record_id, placed_at, party_id, role, member_id)
      SELECT ids.id, $2::timestamptz + n * interval '1 s', ids.id, ${role}, sample.member_id
      ${records('record_party')} AND sample.role = 'participant'`,
    values,
  )
  await owner.query('ANALYZE')
  const read = await rowsReadBy(() => reachWatched().missed(one.memberId))
  expect((await reach().missed(one.memberId)).count).toBe(MOST_MISSED)
  // All that were placed since the oldest of the hundred.
  expect(read).toBeLessThanOrEqual(MOST_MISSED * 30)

  await reach().seen(one, later(noon, (20_000 - 90) * 1000))
  expect((await reach().missed(one.memberId)).count).toBe(3)
  expect(await rowsReadBy(() => reachWatched().missed(one.memberId))).toBeLessThanOrEqual(100)
})

type Plan = {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}
const asked: { readonly sql: string; readonly parameters: readonly unknown[] }[] = []

function reachWatched() {
  const pool = new pg.Pool({ connectionString: opened.database.appUrl, max: 1, types })
  const dialect = new PostgresDialect({ pool })
  const db = new Kysely<Tables>({
    dialect,
    log: ({ query: { sql, parameters } }) => void asked.push({ sql, parameters }),
  })
  return {
    async missed(memberId: MemberId) {
      await openReachStore(db).missed(memberId)
      await db.destroy()
    },
  }
}

/** By the node that reads most; none of them reads all there is. */
async function rowsReadBy(work: () => Promise<unknown>): Promise<number> {
  asked.length = 0
  await work()
  const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
  const nodes: Plan[] = []
  for (const { sql, parameters } of asked) {
    const { rows } = await owner.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, [...parameters])
    nodes.push(...nodesOf(rows[0]['QUERY PLAN'][0].Plan as Plan))
  }
  return Math.max(
    ...nodes.map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']),
  )
}

const browser = (name = newId()): PushSubscription => ({
  endpoint: `https://push.example.com/${name}`,
  p256dh: `key of ${name}`,
  auth: `secret of ${name}`,
})

async function signedIn(who?: Awaited<ReturnType<typeof somebody>>) {
  const whose = who ?? (await somebody())
  const sessionHash = newId()
  const { identity } = opened.stores
  await identity.setPassword(whose.memberId, 'hash')
  const session = { ...whose, tokenHash: sessionHash, createdAt: noon, expiresAt: later(noon, 60 * minute) }
  expect(await identity.createSession(session, 'hash')).toBe(true)
  return { ...whose, sessionHash, at: noon }
}

test('browsers that are woken: are those that the member’s sessions told of, the latest first', async () => {
  const bob = await signedIn()
  const [old, fresh] = [browser(), browser()]
  await reach().subscribe(fresh, { ...bob, at: later(noon, 1) })
  await reach().subscribe(old, bob)
  expect(await reach().subscriptions(bob.memberId)).toEqual([fresh, old])
  expect(await reach().subscriptions(subscriber.member.id)).toEqual([])
})

test('browsers that are woken: are forgotten with the session that told of them, and with no other', async () => {
  const bob = await signedIn()
  const again = await signedIn(bob)
  const [one, other] = [browser(), browser()]
  await reach().subscribe(one, bob)
  await reach().subscribe(other, again)
  await opened.stores.identity.deleteSession(bob.sessionHash)
  expect(await reach().subscriptions(bob.memberId)).toEqual([other])
  await reach().subscribe(one, bob)
  expect(await reach().subscriptions(bob.memberId)).toEqual([other])
})

test('browsers that are woken: are whose who told of them last, with the keys that he told', async () => {
  const [bob, ann] = [await signedIn(), await signedIn()]
  const told = browser()
  await reach().subscribe(told, bob)
  const renewed = { ...told, p256dh: 'new key', auth: 'new secret' }
  await reach().subscribe(renewed, ann)
  expect(await reach().subscriptions(bob.memberId)).toEqual([])
  expect(await reach().subscriptions(ann.memberId)).toEqual([renewed])
  await opened.stores.identity.deleteSession(bob.sessionHash)
  expect(await reach().subscriptions(ann.memberId)).toEqual([renewed])
})

test('browsers that are woken: are ten at most: the one that was told of longest ago goes', async () => {
  const bob = await signedIn()
  const browsers = Array.from({ length: MOST_SUBSCRIPTIONS + 1 }, () => browser())
  const [first, second, ...others] = browsers
  for (const [index, each] of browsers.slice(0, -1).entries())
    await reach().subscribe(each, { ...bob, at: later(noon, index) })
  // It is there: told of again.
  await reach().subscribe(first!, { ...bob, at: later(noon, 100) })
  await reach().subscribe(browsers.at(-1)!, { ...bob, at: later(noon, 101) })
  const kept = (await reach().subscriptions(bob.memberId)).map(({ endpoint }) => endpoint)
  expect(kept).toHaveLength(MOST_SUBSCRIPTIONS)
  expect(kept).not.toContain(second!.endpoint)
  expect(kept).toEqual(expect.arrayContaining([first!, ...others].map(({ endpoint }) => endpoint)))
})

test('browsers that are woken: are forgotten by their member, or when the push service has lost them', async () => {
  const [bob, ann] = [await signedIn(), await signedIn()]
  const [one, other] = [browser(), browser()]
  for (const each of [one, other]) await reach().subscribe(each, bob)
  await reach().unsubscribe(one.endpoint, ann.memberId)
  expect(await reach().subscriptions(bob.memberId)).toHaveLength(2)
  await reach().unsubscribe(one.endpoint, bob.memberId)
  expect(await reach().subscriptions(bob.memberId)).toEqual([other])
  await reach().unsubscribe(other.endpoint, null)
  expect(await reach().subscriptions(bob.memberId)).toEqual([])
})
