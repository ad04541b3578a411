import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layoutOf } from '../../supervisor/layout.ts'
import { databaseOf } from '../../supervisor/postgres.ts'
import { loadSecrets } from '../../supervisor/secrets.ts'
import { TestTandem } from '../../supervisor/testing/tandem.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { startTestPostgres } from '../adapters/postgres/testing.ts'
import { ask, FORBIDDEN, OWNERS, REFUSED, socketsOf } from './testing-roles.ts'

describe.each(['a new data folder', 'a data folder of the version before, whose owner was the superuser'])(
  'the private database in %s',
  (kind) => {
    let tandem: TestTandem
    beforeAll(async () => {
      tandem = await new TestTandem(kind.startsWith('a new') ? undefined : await folderOfBefore()).start()
    }, 60_000)
    afterAll(() => tandem.remove())

    const secrets = () => loadSecrets(tandem.layout.secretsFile)
    const access = () => databaseOf({ databaseUrl: null, databaseOwnerUrl: null }, tandem.layout, secrets())
    const by = (user: string, password: string) => access().ownerUrl.replace(/\/\/[^@]*@/, `//${user}:${password}@`)

    it.each([...FORBIDDEN, 'SET ROLE tandem'])('does not let the server %s', async (statement) => {
      await expect(ask(tandem.runtime.database.appUrl, statement)).rejects.toMatchObject(REFUSED)
    })

    it('has an owner who is no superuser, and owns all of it', async () => {
      const { ownerUrl } = access()
      expect(
        await ask(
          ownerUrl,
          'SELECT current_user AS who, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user',
        ),
      ).toEqual([{ who: 'tandem_owner', rolsuper: false, rolcreaterole: false }])
      expect(await ask(ownerUrl, OWNERS)).toEqual([{ owner: 'tandem_owner' }])
      await ask(
        ownerUrl,
        'CREATE TABLE x (y int); ALTER TABLE ledger ADD COLUMN x int; DROP TABLE x; ALTER TABLE ledger DROP COLUMN x',
      )
      for (const statement of [
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('pg_hba.conf')",
        'SET ROLE tandem',
        'CREATE ROLE x',
      ])
        await expect(ask(ownerUrl, statement), statement).rejects.toMatchObject(REFUSED)
    })

    it('knows owner and server by different passwords, and nobody else, the superuser least of all', async () => {
      const { databaseAppPassword, databaseOwnerPassword } = secrets()
      await expect(ask(by('tandem_owner', databaseAppPassword), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
      await expect(ask(access().ownerUrl.replace(/:[^:@]*@/, '@'), 'SELECT 1')).rejects.toThrow(/password/)
      await expect(ask(by('tandem', databaseOwnerPassword), 'SELECT 1')).rejects.toMatchObject({ code: '28000' })
    })

    it("tells the parts the server's password only", () => {
      expect(JSON.stringify(tandem.runtime)).not.toContain(secrets().databaseOwnerPassword)
      expect(tandem.output).not.toContain('DATABASE_OWNER_URL')
    })

    if (kind.startsWith('a new')) return
    it('kept what was there', async () => {
      expect(await ask(tandem.runtime.database.appUrl, 'SELECT name FROM carrier')).toEqual([{ name: 'of before' }])
    })
  },
)

/** As `supervisor/postgres.ts` made it before: `tandem` is the superuser, the owner and a line of `pg_hba.conf`. */
async function folderOfBefore() {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'tandem-test-')))
  const secrets = loadSecrets(layout.secretsFile)
  const before = await startTestPostgres()
  await ask(before.ownerUrl, 'CREATE DATABASE tandem')
  await ask(before.ownerUrl, `CREATE ROLE tandem_app LOGIN PASSWORD '${secrets.databaseAppPassword}'`)
  await ask(before.ownerUrl, `ALTER ROLE tandem PASSWORD '${secrets.databaseOwnerPassword}'`)
  const url = before.ownerUrl.replace('/postgres?', '/tandem?')
  await migrate(url, '0017-one-month')
  await ask(url, "INSERT INTO carrier VALUES (gen_random_uuid(), 'of before')")
  await before.kill()
  cpSync(join(dirname(socketsOf(before)), 'data'), layout.postgres, { recursive: true })
  const rules = [
    '# Written by Tandem for the passwords 0',
    'local tandem tandem scram-sha-256',
    'local tandem tandem_app scram-sha-256',
    '',
  ]
  writeFileSync(join(layout.postgres, 'pg_hba.conf'), rules.join('\n'))
  await before.stop()
  return layout
}
