import { computedId, instant, newId } from '#kernel'
import { usageIdOf } from '#entitlements'
import pg from 'pg'
import { expect, test } from 'vitest'
import { ledgerFaults, noFaults } from './ledger-check.ts'
import { migrate } from './migrate.ts'
import { bareDatabase } from './testing.ts'
import { terms } from './testing-nouns.ts'

const minute = 60_000
const november = instant(Date.UTC(2026, 10, 1))

const insertCall = `
  INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, metering, state, answered_at,
                    is_on_hold, ended_at, end_reason, meter_leg_id, held_ms, slice, is_last)
  VALUES (gen_random_uuid(), $1, $2, '2026-11-02Z', '1', $3, $4, $5, '2026-11-02Z', false, $6, $7, $8, 0, 1, false)`
const insertOrganization = `
  INSERT INTO organization (id, name, zone, country, jurisdiction, verification, standing)
  VALUES ($1, 'Heron', 'UTC', 'CN', 'cn', 'verified', 'active')`
const insertMember = `
  INSERT INTO member (id, organization_id, name, login, role, standing, tags, is_shielded, is_number_hidden)
  VALUES ($1, $2, 'Li Na', 'li', 'member', 'active', '{}', false, false)`

/** An organization with a call that goes on, two minutes held, and one that is over, three minutes used. */
async function anOldInstallation(client: pg.Client) {
  const [organization, member, plan, version, pool] = [newId(), newId<'member'>(), newId(), newId(), newId<'pool'>()]
  const run = (statement: string, values: readonly unknown[] = []) => client.query(statement, [...values])
  await run(insertOrganization, [organization])
  await run(insertMember, [member, organization])
  await run(`INSERT INTO plan VALUES ($1, 'Standard')`, [plan])
  await run(`INSERT INTO plan_version VALUES ($1, $2, '2026-01-01Z', $3)`, [version, plan, JSON.stringify(terms())])
  await run(`INSERT INTO subscription VALUES (gen_random_uuid(), $1, $2, tstzrange('2026-01-01Z', NULL))`, [
    organization,
    plan,
  ])
  await run(`INSERT INTO pool VALUES ($1, $2, 'organization', NULL, '2026-11-01Z', '2026-12-01Z', $3, $4, $5, 5)`, [
    pool,
    organization,
    100 * minute,
    3 * minute,
    2 * minute,
  ])
  const [over, live] = [newId<'leg'>(), newId<'leg'>()]
  for (const [legId, state, endedAt] of [
    [over, 'ended', '2026-11-02Z'],
    [live, 'connected', null],
  ] as const)
    await run(insertCall, [
      organization,
      member,
      JSON.stringify({ planVersionId: version }),
      JSON.stringify({ sliceMs: minute }),
      state,
      endedAt,
      endedAt && 'hangup-caller',
      legId,
    ])
  const entries: readonly (readonly [kind: string, legId: string | null, ...deltas: number[]])[] = [
    ['grant', null, 100 * minute, 0, 0],
    ['reserve', over, 0, 4 * minute, 0],
    ['reserve', live, 0, minute, 0],
    ['settle', over, 0, -4 * minute, 3 * minute],
    ['reserve', live, 0, minute, 0],
  ]
  for (const [index, entry] of entries.entries())
    await run(
      `INSERT INTO ledger VALUES ($1, $2, gen_random_uuid(), $3, $4, $5, $6, $7, 'system', NULL, '2026-11-02Z')`,
      [pool, index + 1, ...entry],
    )
  await run(`INSERT INTO hold VALUES ($1, $2, 1, $3)`, [live, pool, 2 * minute])
  await run(`INSERT INTO settlement VALUES ($1, $2, $3, 0, '2026-11-02Z')`, [
    over,
    computedId(over, 'settle'),
    3 * minute,
  ])
  return { memberId: member }
}

test('an installation of before keeps its calls, its books and its seats; what members used this month is counted', async () => {
  const database = await bareDatabase()
  await migrate(database.ownerUrl, '0005-engine-log')
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  const { memberId } = await anOldInstallation(client)
  await migrate(database.ownerUrl)
  const rows = async (statement: string) => (await client.query(statement)).rows
  const { draws, monthlyGrant } = terms()
  expect(await rows('SELECT metering FROM party WHERE metering IS NOT NULL')).toEqual(
    Array.from({ length: 2 }, () => ({ metering: { sliceMs: minute, draws, monthlyGrant } })),
  )
  expect(await rows('SELECT seats FROM subscription')).toEqual([{ seats: null }])
  const id = usageIdOf({ memberId, periodFrom: november })
  expect(await rows('SELECT id, used_ms, held_ms FROM member_usage')).toEqual([
    { id, used_ms: String(3 * minute), held_ms: String(2 * minute) },
  ])
  expect(await rows('SELECT usage_id FROM hold')).toEqual([{ usage_id: id }])
  expect(await ledgerFaults(client)).toEqual(noFaults)
  await client.end()
  await database.drop()
})

test('months that were begun anew when an organization moved to another zone are one again', async () => {
  const database = await bareDatabase()
  await migrate(database.ownerUrl, '0016-private-names')
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  const [memberId, pool, leg] = [newId<'member'>(), newId<'pool'>(), newId<'leg'>()]
  const usage = async (from: string, usedMinutes: number, heldMinutes: number): Promise<string> => {
    const id = usageIdOf({ memberId, periodFrom: instant(Date.parse(from)) })
    const values = [id, memberId, from, usedMinutes * minute, heldMinutes * minute]
    await client.query('INSERT INTO member_usage VALUES ($1, $2, $3, $4, $5)', values)
    return id
  }
  await usage('2026-09-30T16:00Z', 9, 0)
  const inShanghai = await usage('2026-10-31T16:00Z', 1, 2)
  await usage('2026-11-01T00:00Z', 10, 0)
  await usage('2026-11-01T07:00Z', 100, 0)
  await client.query('INSERT INTO hold VALUES ($1, $2, 1, $3, $4)', [leg, pool, 2 * minute, inShanghai])
  await migrate(database.ownerUrl)
  const { rows } = await client.query(
    'SELECT id, used_ms / 60000 AS used, held_ms / 60000 AS held FROM member_usage ORDER BY period_from',
  )
  const october = usageIdOf({ memberId, periodFrom: instant(Date.UTC(2026, 9, 1)) })
  const id = usageIdOf({ memberId, periodFrom: november })
  expect(rows).toEqual([
    { id: october, used: '9', held: '0' },
    { id, used: '111', held: '2' },
  ])
  expect((await client.query('SELECT usage_id FROM hold')).rows).toEqual([{ usage_id: id }])
  await client.end()
  await database.drop()
})
