import { admit, recheck, type Decision } from '#admission'
import type { Call, Meter } from '#calls'
import type { PlanTerms } from '#entitlements'
import { newId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import { aCall, aMeter, anAttempt, aWorld, minute, subscribe, terms } from './testing-nouns.ts'
import { bareDatabase, type TestDatabase } from './testing.ts'

let database: TestDatabase
let owner: pg.Client
let stores: Stores

beforeAll(async () => {
  database = await bareDatabase()
  await migrate(database.ownerUrl, '0019-ledger-apply')
  owner = new pg.Client({ connectionString: database.ownerUrl })
  await owner.connect()
  stores = await openStores(database)
}, 60_000)

afterAll(async () => {
  await stores.close()
  await owner.end()
  await database.drop()
})

/** As the release before wrote them: one list, whatever the leg. */
const listed = (...draws: readonly ('member' | 'organization')[]) => draws as unknown as PlanTerms['draws']

async function writeAsBefore({ id, attempt, world, admission }: Decision, call: Call, meter: Meter): Promise<void> {
  const json = [attempt, world, admission].map((part) => JSON.stringify(part))
  await owner.query('INSERT INTO decision VALUES ($1, $2, $3, $4, $5, $6, $7)', [
    id,
    call.organizationId,
    call.id,
    new Date(attempt.at),
    ...json,
  ])
  await owner.query(
    `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, state, is_on_hold, metering, meter_leg_id, held_ms, is_last)
     VALUES ($1, $2, $3, $4, $5, $6, 'placed', false, $7, $8, $9, $10)`,
    [
      call.id,
      call.organizationId,
      call.memberId,
      new Date(call.placedAt),
      call.dialledText,
      JSON.stringify(call.terms),
      JSON.stringify(meter.terms),
      meter.legId,
      meter.heldMs,
      meter.isLast,
    ],
  )
}

test('plans, calls and decisions of the release before go on: what was drawn is drawn by legs of any use', async () => {
  const draws = listed('organization', 'member')
  const subscriber = await subscribe(stores, { terms: { draws } })
  const [subscription] = await stores.entitlements.subscriptions(subscriber.organization.id)
  const [version] = await stores.entitlements.planVersions(subscription!.planId)
  expect(version!.terms).toEqual({ ...terms(), draws: ['organization', 'member'] })

  const attempt = anAttempt(subscriber)
  const world = { ...aWorld('13900000001'), planVersion: version! }
  const decision: Decision = { id: newId(), attempt, world, admission: admit(attempt, world) }
  const call = aCall(attempt)
  const meter = aMeter()
  await writeAsBefore(decision, call, meter)
  await migrate(database.ownerUrl)

  const now = { ...terms(), draws: { initiator: draws, participant: draws } }
  expect(await stores.entitlements.planVersions(subscription!.planId)).toEqual([{ ...version, terms: now }])
  await expect(owner.query('UPDATE plan_version SET terms = terms')).rejects.toThrow(/written once/)
  const pools = (await stores.admission.loadWorld(anAttempt(subscriber), {}))?.pools
  expect(pools?.map(({ bucket, freeMs }) => [bucket, freeMs])).toEqual([
    ['organization', 1_000 * minute],
    ['member', 10 * minute],
  ])
  const { calls, unreadable } = await stores.calls.live()
  expect([calls[0]!.parties[1]!.meter, unreadable]).toEqual([meter, []])

  // What was read then is a fact, and stays; whoever reads it finds it in the form of today.
  const { rows } = await owner.query(
    `SELECT body->'planVersion'->'terms'->'draws' AS draws FROM decision JOIN fact ON fact.id = regime_fact`,
  )
  expect(rows).toEqual([{ draws: ['organization', 'member'] }])
  const found = await stores.admission.ofCall(attempt.organizationId, call.id)
  expect(found).toEqual({ ...decision, world: { ...world, planVersion: { ...version, terms: now } } })
  expect(await recheck(stores.admission)).toEqual({ decisions: 1, exceptions: [] })
})
