import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { newId } from '#kernel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestTandem } from '../../supervisor/testing/tandem.ts'
import { openStores } from '../adapters/postgres/index.ts'
import { startTestPostgres, type TestPostgres } from '../adapters/postgres/testing.ts'
import { ask, FORBIDDEN, OWNERS, REFUSED, socketsOf } from './testing-roles.ts'

/** A database of one's own, with a login for both owner and server, or one for each. */
let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startTestPostgres()
  // Whoever Tandem works as must reach it.
  for (const folder of [socketsOf(postgres), dirname(socketsOf(postgres))]) chmodSync(folder, 0o755)
  // As docs/operating/configure.md says.
  for (const statement of [
    "CREATE ROLE tandem_owner LOGIN PASSWORD 'owner-secret'",
    "CREATE ROLE tandem_app LOGIN PASSWORD 'app-secret'",
    'GRANT tandem_app TO tandem_owner',
    'CREATE DATABASE calls OWNER tandem_owner',
    'CREATE ROLE alone LOGIN CREATEROLE',
    'GRANT tandem_app TO alone WITH ADMIN OPTION',
    'CREATE DATABASE shared OWNER alone',
    'CREATE ROLE stranger LOGIN',
  ])
    await ask(postgres.ownerUrl, statement)
})
afterAll(() => postgres.stop())

const as = (user: string, database: string) => postgres.ownerUrl.replace('//tandem@/postgres', `//${user}@/${database}`)
const twoLogins = () => ({
  DATABASE_OWNER_URL: as('tandem_owner:owner-secret', 'calls'),
  DATABASE_URL: as('tandem_app:app-secret', 'calls'),
})

async function started(env: Record<string, string>, expectIt: (tandem: TestTandem) => Promise<void> | void) {
  const tandem = new TestTandem()
  try {
    await expectIt(await tandem.start(env))
  } finally {
    await tandem.remove()
  }
}

it('with two logins: the schema is the owner’s, and the server has no way to him', async () => {
  await started(twoLogins(), async ({ runtime, output }) => {
    expect(await ask(twoLogins().DATABASE_OWNER_URL, OWNERS)).toEqual([{ owner: 'tandem_owner' }])
    for (const statement of FORBIDDEN)
      await expect(ask(runtime.database.appUrl, statement), statement).rejects.toMatchObject(REFUSED)
    const stores = await openStores(runtime.database)
    await stores.carriers.createCarrier({ id: newId(), name: 'new' })
    await stores.close()
    expect(JSON.stringify(runtime)).not.toContain('owner-secret')
    expect(output).not.toContain('DATABASE_OWNER_URL')
  })
}, 60_000)

it('with one login all works as before, and a line says how to have two', async () => {
  await started({ DATABASE_URL: as('alone', 'shared') }, ({ output }) => {
    expect(output).toMatch(/give the owner a login of its own \(DATABASE_OWNER_URL/)
  })
}, 60_000)

/** As the supervisor does before it starts the server. */
const migrated = (appUrl: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'migrate.ts')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TANDEM_OWNER_URL: twoLogins().DATABASE_OWNER_URL, TANDEM_APP_URL: appUrl },
  })

it.for([
  ['can become the owner', 'tandem_owner', 'calls', 'the user tandem_owner can become tandem_owner, the owner'],
  ['may do everything', 'tandem', 'calls', 'the user tandem can become tandem_owner, the owner'],
  ['may give itself roles', 'alone', 'calls', 'the user alone can become tandem_owner, the owner'],
  ['is nobody', 'stranger', 'calls', 'the user stranger is no member of tandem_app'],
  ['is of another database', 'tandem_app', 'postgres', 'this is not the database that DATABASE_OWNER_URL names'],
] as const)('does not start with a second login that %s', ([_what, user, database, sentence]) => {
  const { status, stderr } = migrated(as(user, database))
  expect([status, stderr]).toEqual([78, expect.stringContaining(`DATABASE_URL: ${socketsOf(postgres)}: ${sentence}`)])
  expect(stderr).not.toContain('secret')
})
