import { instant, newId } from '#kernel'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { openStores } from './index.ts'
import { migrate } from './migrate.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** What is there already when a new release comes. */
let database: TestDatabase
afterEach(() => database.drop())

const ORGANIZATION = `INSERT INTO organization VALUES
  ('00000000-0000-4000-8000-000000000001', 'Heron', 'Asia/Shanghai', 'CN', 'cn', 'verified', 'active')`
const MEMBERS = `INSERT INTO member (id, organization_id, name, login, role, standing, tags, is_shielded, is_number_hidden)
  SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'ÉMILE ' || n, 'emile-' || n, 'member', 'active',
    ARRAY['Night'], false, false FROM generate_series(1, 2500) AS n`

test('organizations from before there were codes get one of their own, which no login of others ends with', async () => {
  database = await bareDatabase()
  await migrate(database.ownerUrl, '0011-list-indexes')
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  try {
    await owner.query(ORGANIZATION)
    await owner.query(`INSERT INTO organization SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, name,
      'Asia/Shanghai', 'CN', 'cn', 'verified', 'active' FROM (VALUES (2, 'Heron'), (3, '鹭岛'), (4, 'Wader Ltd.')) AS v (n, name)`)
    const member = `INSERT INTO member (id, organization_id, name, login, role, standing, tags, is_shielded, is_number_hidden,
      sort_key, search_text) SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'x', login, 'member', 'active',
      '{}', false, false, 'x', 'x' FROM unnest(ARRAY['ann', 'ann@wader-ltd', 'bob@heron@org']) AS login`
    await owner.query(member)
    await migrate(database.ownerUrl)
    const { rows } = await owner.query(`SELECT code FROM organization ORDER BY id`)
    expect(rows.map(({ code }) => code)).toEqual(['heron', 'heron-2', 'org-2', 'wader-ltd-2'])
    const logins = await owner.query('SELECT login FROM member ORDER BY login')
    expect(logins.rows.map(({ login }) => login)).toEqual(['ann', 'ann@wader-ltd', 'bob@heron@org'])
  } finally {
    await owner.end()
  }
})

test('members from before there was a search are sorted and found like new ones', async () => {
  database = await bareDatabase()
  await migrate(database.ownerUrl, '0005-engine-log')
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  try {
    await owner.query(ORGANIZATION)
    await owner.query(MEMBERS)
    await migrate(database.ownerUrl)
    const { rows } = await owner.query(`SELECT count(*)::int FROM member
      WHERE sort_key = replace(name, 'ÉMILE', 'émile') AND search_text = sort_key || E'\n' || login || E'\n\nnight'`)
    expect(rows).toEqual([{ count: 2500 }])
  } finally {
    await owner.end()
  }
})

test('members with Chinese names from before they were read are sorted and found as they are read', async () => {
  database = await bareDatabase()
  await migrate(database.ownerUrl, '0014-who-was-called')
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  try {
    await owner.query(ORGANIZATION.replace("'active')", "'active', 'heron')"))
    await owner.query(`INSERT INTO member (id, organization_id, name, login, role, standing, tags, is_shielded,
      is_number_hidden, sort_key, search_text) SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', '陳立',
      'li-' || n, 'member', 'active', '{}', false, false, '陳立', '陳立' FROM generate_series(1, 2500) AS n`)
    await migrate(database.ownerUrl)
    const { rows } = await owner.query(`SELECT count(*)::int FROM member
      WHERE sort_key = 'chen li 陈立' AND search_text = E'陈立\n' || login || E'\n\nchen li\nchenli\ncl'`)
    expect(rows).toEqual([{ count: 2500 }])
  } finally {
    await owner.end()
  }
})

test('whoever owns the database brings it up to date, and needs be nothing else', async () => {
  // The application's role is there, as the owner of the machine's Postgres has made it.
  await (await freshDatabase()).drop()
  database = await bareDatabase()
  const superuser = new pg.Client({ connectionString: database.ownerUrl })
  await superuser.connect()
  try {
    const owner = `owner_of_${superuser.database}`
    for (const statement of [
      `CREATE ROLE ${owner} LOGIN`,
      `GRANT tandem_app TO ${owner}`,
      `ALTER DATABASE ${superuser.database} OWNER TO ${owner}`,
    ])
      await superuser.query(statement)
    await migrate(database.ownerUrl.replace('//tandem@', `//${owner}@`))
    const { rows } = await superuser.query(`SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
      WHERE relnamespace = 'public'::regnamespace`)
    expect(rows).toEqual([{ owner }])
  } finally {
    await superuser.end()
  }
})

test('keys of requests from before they were hashes are known, with what was answered', async () => {
  database = await bareDatabase()
  await migrate(database.ownerUrl, '0041-ended-calls')
  const owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const [caller, at] = [`member:${newId()}`, instant(Date.UTC(2026, 10, 23, 4))]
  const [placed, refused] = ['placed', 'refusé'].map((key) => ({
    caller,
    key,
    bodyHash: 'h',
    at,
    callId: newId<'call'>(),
  }))
  try {
    for (const { key, callId } of [placed!, refused!])
      await owner.query('INSERT INTO idempotency VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        caller,
        key,
        'h',
        new Date(at),
        callId,
        ...(key === 'placed' ? [null, null] : [422, '{"code": "no-route"}']),
      ])
    await migrate(database.ownerUrl)
    const stores = await openStores(database)
    try {
      const { look } = stores.idempotency
      expect(await look({ ...placed!, callId: newId() })).toEqual({ kind: 'in-progress', callId: placed!.callId })
      expect(await look(refused!)).toEqual({ kind: 'answered', status: 422, body: { code: 'no-route' } })
      expect(await look({ ...placed!, bodyHash: 'other' })).toEqual({ kind: 'other-body' })
      expect(await look({ ...placed!, caller: `member:${newId()}` })).toEqual({ kind: 'first' })
    } finally {
      await stores.close()
    }
  } finally {
    await owner.end()
  }
})
