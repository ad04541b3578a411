import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseOf } from '../../supervisor/postgres.ts'
import { loadSecrets } from '../../supervisor/secrets.ts'
import { TestTandem } from '../../supervisor/testing/tandem.ts'

let tandem: TestTandem
beforeAll(async () => {
  tandem = await new TestTandem().start()
})
afterAll(() => tandem.remove())

const secrets = () => loadSecrets(tandem.layout.secretsFile)
const owner = () => databaseOf({ databaseUrl: null }, tandem.layout, secrets()).ownerUrl

async function ask(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

describe('the private database', () => {
  it.each([
    'ALTER TABLE ledger ADD COLUMN x int',
    'UPDATE ledger SET kind = kind',
    'DELETE FROM ledger',
    'TRUNCATE record',
    'CREATE TABLE x (y int)',
    'SET ROLE tandem',
    'SET SESSION AUTHORIZATION tandem',
    "ALTER ROLE tandem PASSWORD 'x'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('pg_hba.conf')",
  ])('does not let the server %s', async (statement) => {
    await expect(ask(tandem.runtime.database.appUrl, statement)).rejects.toMatchObject({ code: '42501' })
  })

  it('knows owner and server by different passwords, and nobody without one', async () => {
    const { databaseAppPassword } = secrets()
    const asOwner = owner().replace(/:[^:@]*@/, '@')
    await expect(ask(asOwner.replace('@', `:${databaseAppPassword}@`), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    })
    await expect(ask(asOwner, 'SELECT 1')).rejects.toThrow(/password/)
    expect(await ask(owner(), 'SELECT current_user AS who')).toEqual([{ who: 'tandem' }])
  })

  it("tells the parts the server's password only", () => {
    expect(JSON.stringify(tandem.runtime)).not.toContain(secrets().databaseOwnerPassword)
  })
})
