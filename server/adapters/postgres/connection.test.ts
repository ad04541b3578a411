import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, expect, test, vi } from 'vitest'
import { type Db, openPool } from './connection.ts'
import { startTestPostgres } from './testing.ts'

const postgres = await startTestPostgres()
const db = openPool(postgres.ownerUrl, 2)
afterAll(async () => {
  await db.destroy()
  await postgres.stop()
})

const one = (on: Db): Promise<unknown> => sql`SELECT 1`.execute(on)

test('Postgres is killed while a connection is lent out and has nothing to do: the next use gets another', async () => {
  const lent = db.connection().execute(async (connection) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(connection)
    await postgres.kill()
    await vi.waitFor(() => expect(existsSync(`/proc/${rows[0]?.pid}`)).toBe(false), { timeout: 10_000 })
    return one(connection)
  })
  await expect(lent).rejects.toThrow()
  await postgres.restart()
  await vi.waitFor(() => one(db), { timeout: 10_000 })
})

test('the same text is prepared once, whatever the values', async () => {
  const answers = await Promise.all([1, 2, 3].map((value) => sql`SELECT ${value}::int AS value`.execute(db)))
  expect(answers.flatMap(({ rows }) => rows)).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }])
  await db.connection().execute(async (connection) => {
    await sql`SELECT ${4}::int AS value`.execute(connection)
    await sql`SELECT ${5}::int AS value`.execute(connection)
    const { rows } = await sql`SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%AS value%'`.execute(
      connection,
    )
    expect(rows).toEqual([{ statement: 'SELECT $1::int AS value' }])
  })
})
