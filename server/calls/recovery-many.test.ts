import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { durationMs, later, newId, type CallId } from '#kernel'
import { ledgerFaults, noFaults } from '../adapters/postgres/ledger-check.ts'
import {
  aCall,
  aDecision,
  aMeter,
  anAttempt,
  minute,
  noon,
  subscribe,
  someParties,
} from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import type { CallDependencies, CallFault } from './dependencies.ts'
import type { ChannelHistory } from './engine-log.ts'
import type { EngineEvent, LiveChannel } from './engine.ts'
import { payingLegId } from './leg.ts'
import { sliceOperationId } from './meter.ts'
import { partyIdOf } from './party.ts'
import { createCalls } from './service.ts'

/** What a start finds after a busy hour; the engine is one that counts what it is asked. */
let opened: TestStores
let db: pg.Client
beforeAll(async () => {
  opened = await openTestStores()
  db = new pg.Client({ connectionString: opened.database.ownerUrl })
  await db.connect()
})
afterAll(async () => {
  await db.end()
  await opened.close()
})

const BOOT = 'eboot1'
const idsOf = (count: number): readonly CallId[] => Array.from({ length: count }, () => newId<'call'>())
const callerOf = (id: CallId): string => `caller-${id}`

/** Connected calls of one organization, each with a minute held. */
async function storeCalls(ids: readonly CallId[]) {
  const { stores } = opened
  const subscriber = await subscribe(stores)
  const attempt = anAttempt(subscriber)
  const decision = aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!)
  const call = aCall(attempt)
  const meter = aMeter({ legId: payingLegId(call.id), heldMs: durationMs(0) })
  await stores.calls.place({ call, parties: someParties(call, meter) }, decision)
  const legIds = ids.map(payingLegId)
  await db.query(
    `INSERT INTO call (id, organization_id, member_id, placed_at, dialled_text, terms, state, answered_at, is_on_hold)
     SELECT given.id, organization_id, member_id, placed_at, dialled_text, terms, 'connected', placed_at + interval '1 s', false
       FROM call, unnest($1::uuid[]) AS given (id) WHERE call.id = $2`,
    [ids, call.id],
  )
  await db.query(
    `INSERT INTO party (id, call_id, role, member_id, meter_leg_id, metering, held_ms, is_last)
     SELECT given.caller, given.id, 'initiator', member_id, NULL, NULL, NULL::bigint, NULL::boolean
       FROM party, unnest($1::uuid[], $2::uuid[]) AS given (id, caller) WHERE call_id = $5 AND role = 'initiator'
     UNION ALL SELECT given.callee, given.id, 'participant', NULL, given.leg, metering, $6, false
       FROM party, unnest($1::uuid[], $3::uuid[], $4::uuid[]) AS given (id, callee, leg) WHERE call_id = $5 AND role = 'participant'`,
    [
      ids,
      ids.map((id) => partyIdOf(id, 'initiator')),
      ids.map((id) => partyIdOf(id, 'participant')),
      legIds,
      call.id,
      minute,
    ],
  )
  await db.query(
    `INSERT INTO leg (id, call_id, party_id, kind, channel_id, started_at, answered_at, boot_id)
     SELECT coalesce(meter_leg_id, gen_random_uuid()), call.id, party.id, CASE role WHEN 'initiator' THEN 'app' ELSE 'phone-out' END,
            coalesce(meter_leg_id::text, 'caller-' || call.id), placed_at, answered_at, $2
       FROM call JOIN party ON call_id = call.id WHERE call.id = ANY ($1)`,
    [ids, BOOT],
  )
  await db.query('DELETE FROM party WHERE call_id = $1', [call.id])
  await db.query('DELETE FROM call WHERE id = $1', [call.id])
  const { organizationId, memberId } = call
  const pools = await stores.entitlements.openPools({ organizationId, memberId }, { at: noon, offer: meter.terms })
  const cap = { memberId, periodFrom: pools[0]!.period.from, limitMs: null }
  const [wantMs, firstIncrementMs, incrementMs] = [durationMs(minute), durationMs(minute), durationMs(minute)]
  const slice = { poolIds: pools.map(({ id }) => id), wantMs, firstIncrementMs, incrementMs, cap, at: noon }
  const reserve = (id: CallId) =>
    stores.ledger.reserve({
      ...slice,
      operationId: sliceOperationId(payingLegId(id), durationMs(0)),
      legId: payingLegId(id),
    })
  await Promise.all(ids.map(reserve))
  return subscriber
}

/** Counts how often something is asked, and how many of it are under way at once. */
function counted<A extends readonly unknown[], R>(work: (...given: A) => Promise<R>) {
  const count = { asked: 0, now: 0, most: 0 }
  const ask = async (...given: A): Promise<R> => {
    count.asked += 1
    count.most = Math.max(count.most, ++count.now)
    try {
      return await work(...given)
    } finally {
      count.now -= 1
    }
  }
  return { count, ask }
}

/** What waits for another try gets it; what waits for speech to go on waits for ever. */
const againSoon = (ms: number, run: () => void) => {
  const timer = ms > 1_000 ? undefined : setTimeout(run, ms)
  return () => clearTimeout(timer)
}

const soon = () => new Promise<void>((resolve) => void setImmediate(resolve))

function startOver(channels: readonly LiveChannel[], history: ReadonlyMap<string, ChannelHistory>) {
  const { stores } = opened
  const [live, holds, trunks, pools] = [
    counted(stores.calls.live),
    counted(stores.entitlements.openHolds),
    counted(stores.carriers.trunks),
    counted(stores.entitlements.openPools),
  ]
  const [survey, histories, tie] = [counted(async () => channels), counted(async () => history), counted(soon)]
  const [hungUp, faults]: [string[], CallFault[]] = [[], []]
  let tell = (_event: EngineEvent): void => undefined
  const engine = {
    subscribe: (listener: typeof tell) => ((tell = listener), () => undefined),
    survey: survey.ask,
    tie: tie.ask,
    setLease: soon,
    closeRoom: soon,
    hangup: async (channelId: string) => void hungUp.push(channelId),
  }
  const dependencies = {
    engine,
    stores: {
      ...stores,
      calls: { ...stores.calls, live: live.ask },
      entitlements: { ...stores.entitlements, openHolds: holds.ask, openPools: pools.ask },
      carriers: { ...stores.carriers, trunks: trunks.ask },
      engineLog: { historyOf: histories.ask, endOfBoot: async () => ({ kind: 'lives' }) },
    },
    clock: { now: () => later(noon, 12_000) },
    timers: { after: againSoon },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    countFault: (fault: CallFault) => void faults.push(fault),
    settings: { ringTimeoutMs: durationMs(60_000), browserGoneMs: durationMs(15_000), abandonedMs: durationMs(20_000) },
  } as unknown as CallDependencies
  const calls = createCalls(dependencies)
  const counts = { live, holds, trunks, pools, survey, histories, tie }
  return { calls, hungUp, faults, counts, engineIsUp: () => tell({ kind: 'engine-up', bootId: BOOT }) }
}

const channelsOf = (id: CallId): readonly LiveChannel[] =>
  [callerOf(id), payingLegId(id)].map((channelId) => ({ channelId, callId: id, state: 'up' }))

const endOf = (channelId: string): readonly [string, ChannelHistory] => [
  channelId,
  {
    channelId,
    bootId: BOOT,
    answeredAt: later(noon, 1_000),
    endedAt: later(noon, 11_000),
    q850Cause: 16,
    sipStatus: null,
    endedBy: 'party',
  },
]

test('300 stored calls, two of which cannot be read: few questions that take many, a bounded number of calls at once, each call by itself', async () => {
  const [living, ended, unreadable] = [idsOf(150), idsOf(148), idsOf(2)]
  const { organization, member } = await storeCalls([...living, ...ended, ...unreadable])
  await db.query('UPDATE call SET answered_at = NULL WHERE id = $1', [unreadable[0]])
  await db.query(`UPDATE call SET terms = '{}' WHERE id = $1`, [unreadable[1]])
  const channels = [...living, ...unreadable].flatMap(channelsOf)
  const history = new Map(ended.flatMap((id) => [callerOf(id), payingLegId(id)].map(endOf)))
  const { calls, counts, hungUp, faults, engineIsUp } = startOver(channels, history)
  await calls.start()

  expect(faults).toEqual(['unreadable', 'unreadable'])
  const { rows: closed } = await db.query('SELECT state, end_reason FROM call WHERE id = ANY ($1)', [unreadable])
  expect(closed).toEqual(unreadable.map(() => ({ state: 'ended', end_reason: 'internal-fault' })))
  const { rows: told } = await db.query('SELECT actor, detail FROM audit WHERE subject_id = ANY ($1)', [unreadable])
  expect(told).toEqual(unreadable.map(() => ({ actor: 'system', detail: { reason: 'internal-fault', ratedMs: 0 } })))

  engineIsUp()
  await vi.waitFor(
    async () => {
      const { rows } = await db.query('SELECT count(*)::int AS ended FROM record WHERE call_id = ANY ($1)', [ended])
      expect([rows[0].ended, counts.tie.count.asked]).toEqual([ended.length, living.length])
    },
    { timeout: 30_000 },
  )
  expect(calls.liveSnapshots().map(({ callId, state }) => [callId, state])).toEqual(
    expect.arrayContaining(living.map((id) => [id, 'connected'])),
  )
  await vi.waitFor(() =>
    expect(hungUp.toSorted()).toEqual(
      unreadable
        .flatMap(channelsOf)
        .map((c) => c.channelId)
        .toSorted(),
    ),
  )
  const asked = Object.fromEntries(Object.entries(counts).map(([name, { count }]) => [name, count.asked]))
  expect(asked).toMatchObject({ live: 1, holds: 1, trunks: 1, survey: 1, histories: 1 })
  for (const { count } of [counts.tie, counts.pools]) {
    expect(count.most).toBeGreaterThan(1)
    expect(count.most).toBeLessThanOrEqual(16)
  }
  await calls.stop()

  const pools = await opened.stores.entitlements.openPools(
    { organizationId: organization.id, memberId: member.id },
    { at: noon },
  )
  const sum = (of: 'heldMs' | 'usedMs') => pools.reduce((total, pool) => total + pool[of], 0)
  expect([sum('heldMs'), sum('usedMs')]).toEqual([living.length * minute, ended.length * minute])
  expect(await ledgerFaults(db)).toEqual(noFaults)
})
