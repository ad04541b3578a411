import { admit, type World } from '#admission'
import { newId } from '#kernel'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdmissionStore } from './admission.ts'
import { types } from './connection.ts'
import type { Stores } from './index.ts'
import type { Tables } from './tables.ts'
import { aLicence, aMember, anAttempt, aTrunk, e164, noon, subscribe, type Subscriber } from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

/** Two servers on one database: what is written by one, the very next attempt on the other is judged by. */
let opened: TestStores
let here: Stores
let there: ReturnType<typeof openAdmissionStore>
let subscriber: Subscriber
let owner: pg.Client
let db: Kysely<Tables>
const asked: { readonly sql: string; readonly parameters: readonly unknown[] }[] = []
const carrier = { id: newId<'carrier'>(), name: newId() as string }
const department = { id: newId<'department'>(), parentId: null, name: 'd', depth: 0 }

beforeAll(async () => {
  opened = await openTestStores()
  here = opened.stores
  owner = new pg.Client({ connectionString: opened.database.ownerUrl })
  await owner.connect()
  const dialect = new PostgresDialect({
    pool: new pg.Pool({ connectionString: opened.database.appUrl, max: 1, types }),
  })
  db = new Kysely<Tables>({ dialect, log: ({ query: { sql, parameters } }) => void asked.push({ sql, parameters }) })
  there = openAdmissionStore(db)
  subscriber = await subscribe(here)
  await here.carriers.createCarrier(carrier)
  const limits = { mayCall: null, monthlyMs: null }
  await here.directory.createDepartment({ ...department, organizationId: subscriber.organization.id, limits })
})
afterAll(async () => {
  await db.destroy()
  await owner.end()
  await opened.close()
})

const worldOf = (store: Pick<Stores['admission'], 'loadWorld'>): Promise<World | undefined> =>
  store.loadWorld(anAttempt(subscriber), {})

async function revision(): Promise<string> {
  const { rows } = await owner.query('SELECT revision_of($1) AS n', [subscriber.organization.id])
  return rows[0].n
}

/** By the table that is written to, in this order: each finds what those before it made. */
const writes: Readonly<
  Record<string, (ids: { readonly organization: string; readonly member: string }) => Promise<unknown>>
> = {
  organization: ({ organization }) =>
    owner.query(`UPDATE organization SET verification = 'pending' WHERE id = $1`, [organization]),
  member: ({ member }) => owner.query(`UPDATE member SET tags = '{night}' WHERE id = $1`, [member]),
  member_department: ({ organization, member }) =>
    owner.query('INSERT INTO member_department VALUES ($1, $2, $3)', [organization, member, department.id]),
  department: () => owner.query(`UPDATE department SET may_call = 'contacts'`),
  number_right: () =>
    here.carriers.createNumberRight({
      number: e164('861050000001'),
      organizationId: subscriber.organization.id,
      proof: 'contract',
      validFrom: noon,
      validUntil: null,
      isDefault: true,
    }),
  licence: () => here.licences.createLicence(aLicence()),
  trunk: () => here.carriers.createTrunk(aTrunk(carrier.id)),
  plan_version: () =>
    owner.query(
      `INSERT INTO plan_version SELECT $1, plan_id, effective_from + interval '1 day', terms || '{"zones": []}' FROM plan_version`,
      [newId()],
    ),
  subscription: ({ organization }) =>
    owner.query('DELETE FROM subscription WHERE organization_id = $1', [organization]),
}

test.each(Object.keys(writes))(
  'what is written to %s is seen by the next attempt on the other server',
  async (table) => {
    await worldOf(there)
    const before = { revision: await revision(), world: await worldOf(there) }
    await writes[table]!({ organization: subscriber.organization.id, member: subscriber.member.id })
    expect(await revision()).not.toBe(before.revision)
    const world = await worldOf(there)
    expect(world).not.toEqual(before.world)
    expect(world).toEqual(await worldOf(openAdmissionStore(db)))
  },
)

test('each table that standing facts are read from raises a revision, whatever is done to it', async () => {
  asked.length = 0
  await worldOf(openAdmissionStore(db))
  const standing = asked.find(({ sql }) => sql.includes("'numberRights'"))!
  const { rows } = await owner.query(`EXPLAIN (FORMAT JSON) ${standing.sql}`, [...standing.parameters])
  const named = [...JSON.stringify(rows).matchAll(/"Relation Name":"(\w+)"/g)].map(([, name]) => name)
  const read = new Set(named.filter((name) => name !== 'revision'))
  expect([...read].toSorted()).toEqual(Object.keys(writes).toSorted())
  const { rows: raising } = await owner.query(`SELECT relname, sum(DISTINCT tgtype::int & 60) AS events
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE 'revision\\_%' GROUP BY relname`)
  // INSERT, DELETE, UPDATE and TRUNCATE (pg_trigger.h).
  expect(new Map(raising.map(({ relname, events }) => [relname, Number(events)]))).toEqual(
    new Map([...read].map((name) => [name, 4 + 8 + 16 + 32])),
  )
})

test('while nobody writes, an attempt is one question, its facts are the same objects, and it is judged by one judge', async () => {
  await worldOf(there)
  asked.length = 0
  const [one, two] = [(await worldOf(there))!, (await worldOf(there))!]
  expect(asked.length).toBe(2)
  expect(two.licences).toBe(one.licences)
  expect(admit(anAttempt(subscriber), two)).toEqual(admit(anAttempt(subscriber), one))
})

test('a call is placed by the trunks as they are, of which no decision reads the address', async () => {
  const trunk = aTrunk(carrier.id)
  await here.carriers.createTrunk(trunk)
  const trunks = async () => (await there.loadToPlace(anAttempt(subscriber), {}, []))?.trunks
  expect(await trunks()).toContainEqual(trunk)
  await here.carriers.changeTrunk({ ...trunk, host: '192.0.2.77' })
  expect(await trunks()).toContainEqual({ ...trunk, host: '192.0.2.77' })
  asked.length = 0
  expect(await trunks()).toEqual(await here.carriers.trunks())
  expect(asked.length).toBe(1)
})

test('who writes for another organization keeps nobody else from what he knows', async () => {
  const [mine, other] = [await subscribe(here), await subscribe(here)]
  const ask = () => there.loadWorld(anAttempt(mine), {})
  await ask()
  await here.directory.createMember(aMember(other.organization.id))
  asked.length = 0
  await ask()
  expect(asked.length).toBe(1)
})

test('however much is written meanwhile, an attempt asks a few questions', async () => {
  const office = await subscribe(here)
  const ask = () => there.loadWorld(anAttempt(office), {})
  await ask()
  const over = new AbortController()
  const write = async () => {
    while (!over.signal.aborted) await owner.query(`UPDATE member SET tags = '{x}' WHERE id = $1`, [office.member.id])
  }
  const writing = write()
  asked.length = 0
  for (let attempt = 0; attempt < 50; attempt++) await ask()
  over.abort()
  await writing
  const questions = asked.filter(({ sql }) => /^\s*select/i.test(sql))
  expect(questions.length).toBeLessThanOrEqual(3 * 50)
})

test('two who write at once wait for nobody, and both are seen', async () => {
  const [first, second] = [await subscribe(here), await subscribe(here)]
  const update = `UPDATE organization SET name = name || '!' WHERE id = $1`
  const clients = [0, 1].map(() => new pg.Client({ connectionString: opened.database.ownerUrl }))
  await Promise.all(clients.map((client) => client.connect()))
  const ids = [first, second].map(({ organization }) => organization.id)
  for (const client of clients) await client.query('BEGIN')
  // Each in an order of its own, also of the installation's.
  await clients[0]!.query(`UPDATE licence SET number = 'x'`)
  await clients[1]!.query(update, [ids[1]])
  await clients[1]!.query(
    `INSERT INTO licence SELECT gen_random_uuid(), kind, number, carrier_id, jurisdiction, valid_from, valid_until FROM licence`,
  )
  await clients[0]!.query(update, [ids[0]])
  for (const client of clients) await client.query('COMMIT')
  await Promise.all(clients.map((client) => client.end()))
  for (const one of [first, second])
    expect((await there.loadWorld(anAttempt(one), {}))?.organization.name).toBe(`${one.organization.name}!`)
})
