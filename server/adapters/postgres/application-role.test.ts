import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { bareDatabase, freshDatabase, type TestDatabase } from './testing.ts'

/** What somebody could do who may send any statement as the server's role. */
let database: TestDatabase
let owner: pg.Client
let application: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  owner = new pg.Client({ connectionString: database.ownerUrl })
  application = new pg.Client({ connectionString: database.appUrl })
  await Promise.all([owner.connect(), application.connect()])
})
afterAll(async () => {
  await Promise.all([owner.end(), application.end()])
  await database.drop()
})

const POOL = '00000000-0000-4000-8000-000000000001'
const GRANT = `SELECT ledger_grant(gen_random_uuid(), '${POOL}', '${POOL}', 60000, 'x', 'x', now()) AS outcome`

test('the application puts no table of its own under a function that has the owner’s rights', async () => {
  // Even where somebody gave the right back.
  await owner.query(
    `DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tandem_app', current_database()); END $$`,
  )
  await application.query('CREATE TEMPORARY TABLE pool (LIKE public.pool INCLUDING ALL)')
  await application.query('CREATE TEMPORARY TABLE ledger (LIKE public.ledger)')
  await application.query('GRANT ALL ON pool, ledger TO PUBLIC')
  await application.query(`INSERT INTO pg_temp.pool (id, organization_id, bucket, period_from, period_until)
    VALUES ('${POOL}', '${POOL}', 'organization', now(), now() + interval '1 month')`)
  const { rows } = await application.query(GRANT)
  expect(rows).toEqual([{ outcome: 'pool-unknown' }])
  expect((await application.query('SELECT FROM pg_temp.ledger')).rowCount).toBe(0)
})

test('every function that has the owner’s rights looks for temporary tables last', async () => {
  const { rows } = await owner.query(`SELECT proname AS name, proconfig AS settings FROM pg_proc
    WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY name`)
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['ledger_apply', 'ledger_grant']))
  for (const { name, settings } of rows) expect([name, ...settings]).toContain('search_path=public, pg_temp')
})

test('the application makes no temporary tables', async () => {
  const fresh = await bareDatabase() // A copy has not the rights of what it was copied from.
  await migrate(fresh.ownerUrl)
  const client = new pg.Client({ connectionString: fresh.appUrl })
  await client.connect()
  await expect(client.query('CREATE TEMPORARY TABLE pool (id uuid)')).rejects.toThrow(/permission denied/)
  await client.end()
  await fresh.drop()
})
