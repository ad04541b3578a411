import { partyIdOf } from '#calls'
import { computedId, durationMs, later, newId } from '#kernel'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from './index.ts'
import { migrate } from './migrate.ts'
import { bareDatabase, type TestDatabase } from './testing.ts'
import { aCall, aMeter, anAttempt, aRecord, minute, noon, subscribe } from './testing-nouns.ts'

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

/** As the release before wrote them: the meter in the call's row, legs of the call. */
async function anOldCall(call: ReturnType<typeof aCall>, state: string, answeredAt: number | null) {
  const meter = aMeter({ legId: computedId<'leg'>(call.id, 'route:0') })
  const ended = state === 'ended' ? ['2026-11-02Z', 'hangup-caller'] : [null, null]
  await owner.query(
    `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, metering, state, answered_at,
                       is_on_hold, ended_at, end_reason, meter_leg_id, held_ms, is_last)
     VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6, $7, $8, to_timestamp($9::float8 / 1000), false, $10, $11, $12, $13, true)`,
    [
      call.id,
      call.organizationId,
      call.memberId,
      call.placedAt,
      call.dialledText,
      JSON.stringify({ ...call.terms, parties: undefined }),
      JSON.stringify(meter.terms),
      state,
      answeredAt,
      ...ended,
      meter.legId,
      2 * minute,
    ],
  )
  for (const [id, kind, channel] of [
    [newId(), 'app', 'tab1'],
    [meter.legId, 'phone-out', meter.legId],
  ])
    await owner.query(
      `INSERT INTO leg (id, call_id, kind, channel_id, started_at, boot_id)
       VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), 'e1')`,
      [id, call.id, kind, channel, call.placedAt],
    )
  return meter
}

test('calls and records of the release before have their parties, each with his legs and what is paid for them', async () => {
  const subscriber = await subscribe(stores)
  const [live, over] = [0, 1].map((hour) =>
    aCall(anAttempt(subscriber, { at: later(noon, hour * 3_600_000), callId: newId() })),
  )
  const meter = await anOldCall(live!, 'connected', live!.placedAt + 5_000)
  const paid = await anOldCall(over!, 'ended', null)
  const record = aRecord(over!, { callId: over!.id, placedAt: over!.placedAt })
  await owner.query(
    `INSERT INTO record (id, call_id, organization_id, member_id, kind, mode, path, dialled, placed_at, ended_at, end_reason,
                         plan_version_id, rated_ms, overrun_ms, legs, draws)
     VALUES ($1, $2, $3, $4, 'business', 'direct', 'ip-telephony', '1', to_timestamp($5::float8 / 1000), '2026-11-02Z', 'hangup-caller',
             $6, 0, 0, '[]', '[]')`,
    [record.id, over!.id, over!.organizationId, over!.memberId, over!.placedAt, record.planVersionId],
  )
  await migrate(database.ownerUrl)

  const { calls, unreadable } = await stores.calls.live()
  expect(unreadable).toEqual([])
  expect(calls).toMatchObject([
    {
      call: { id: live!.id, terms: live!.terms, state: { name: 'connected' } },
      parties: [
        { role: 'initiator', memberId: live!.memberId, meter: null },
        { role: 'participant', meter: { ...meter, heldMs: durationMs(2 * minute), isLast: true } },
      ],
      legs: expect.any(Array),
    },
  ])
  const { parties, legs } = calls[0]!
  const partyOf = new Map(legs.map(({ kind, partyId }) => [kind, partyId]))
  expect([partyOf.get('app'), partyOf.get('phone-out')]).toEqual(parties.map(({ id }) => id))
  expect(parties[0]!.id).not.toBe(partyIdOf(live!.id, 'initiator'))

  const { organizationId, memberId } = over!
  expect(await stores.calls.callsOfPayingLegs(organizationId, [paid.legId])).toEqual(new Map([[paid.legId, over!.id]]))
  expect(await stores.records.ofCall(organizationId, over!.id)).toMatchObject({
    parties: [{ role: 'initiator', memberId }],
  })
})
