import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  addCaller,
  commandOf,
  connect,
  dial,
  hears,
  onceDone,
  poolsOf,
  recordOf,
  startCallLab,
  stateIs,
  type CallLab,
} from '../testing/carriers/call-lab.ts'

let lab: CallLab

const NUMBER = { tone: '13000000002', rings: '13000000003', hangsUp: '13000000008' }

beforeAll(async () => {
  lab = await startCallLab()
  await lab.addTrunk()
}, 60_000)

afterAll(() => lab.stop())

const wireMs = (record: { readonly answeredAt: number | null; readonly endedAt: number }): number =>
  record.endedAt - (record.answeredAt ?? record.endedAt)

test('the server goes and comes back: the call went on, is extended again, and can be hung up', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  await stateIs(lab, talk, 'connected')
  const { seq: before } = lab.calls().lastTold({ organizationId: who.organizationId, memberId: null })
  await lab.leave()
  await hears(talk, 1000)
  await lab.takeOver()
  expect(await lab.calls().find(who.organizationId, talk.callId)).toMatchObject({ state: 'connected' })
  // Whoever comes back to the new server hears of it, whatever he had heard from the one before.
  const told = () => lab.calls().lastTold({ organizationId: who.organizationId, memberId: null }).events
  await vi.waitFor(() => expect(told()).toMatchObject([{ payload: { state: 'connected' } }, { type: 'minutes-left' }]))
  expect(told()[0]!.seq).toBeGreaterThan(before)
  await vi.waitFor(async () => expect((await poolsOf(lab, who))[0]?.heldMs).toBeGreaterThanOrEqual(8_000), {
    timeout: 8_000,
  })
  await hears(talk, 1000)
  await lab.calls().hangup(commandOf(talk))
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason: 'hangup-caller', overrunMs: 0 })
  expect(record.ratedMs).toBe(Math.ceil(wireMs(record) / 1000) * 1000)
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: record.ratedMs, heldMs: 0 }])
})

test('the server goes and stays away: the engine cuts at the end of the paid time, and the books are right afterwards', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  await stateIs(lab, talk, 'connected')
  await lab.leave()
  await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'), { timeout: 10_000 })
  await lab.takeOver()
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', ratedMs: 4_000, overrunMs: 0 })
  expect(wireMs(record)).toBeGreaterThan(3_600)
  expect(wireMs(record)).toBeLessThanOrEqual(4_000)
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: 4_000, heldMs: 0 }])
})

test.each([
  ['callee', NUMBER.hangsUp, 'hangup-callee'],
  ['caller', NUMBER.tone, 'hangup-caller'],
] as const)(
  'the server goes and the %s hangs up meanwhile: the record has the engine’s own instant and the reason',
  async (side, number, endReason) => {
    const who = await addCaller(lab, { terms: { sliceMs: 8_000 as never } })
    const talk = await connect(lab, who, number)
    await stateIs(lab, talk, 'connected')
    await lab.leave()
    if (side === 'caller') talk.call.hangup()
    await vi.waitFor(() => expect(talk.call.endedAt).not.toBeNull(), { timeout: 8_000 })
    await lab.takeOver()
    await lab.calls().adopted()
    expect(await lab.calls().find(who.organizationId, talk.callId)).toMatchObject({ state: 'ended' })
    const record = await recordOf(lab, talk)
    expect(record.endReason).toBe(endReason)
    expect(Math.abs(record.endedAt - (talk.call.endedAt ?? 0))).toBeLessThan(50)
    expect(record.ratedMs).toBe(Math.ceil(wireMs(record) / 1000) * 1000)
  },
)

test('the server goes while it rings: it rings on', async () => {
  const who = await addCaller(lab)
  const talk = await dial(lab, who, NUMBER.rings)
  await stateIs(lab, talk, 'ringing')
  await lab.leave()
  await lab.takeOver()
  await stateIs(lab, talk, 'ringing')
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'cancelled', ratedMs: 0 })
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
})

test('the server goes before the first dial: the next one tells the caller that there is no way', async () => {
  const who = await addCaller(lab)
  const gone = new Promise<void>((resolve) => {
    onceDone(lab, 'POST /channels/create', async () => {
      lab.engine().stop()
      resolve()
    })
  })
  const talk = await dial(lab, who, NUMBER.rings)
  await gone
  await lab.leave()
  await lab.takeOver()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'no-route', ratedMs: 0 })
  await vi.waitFor(() => expect(talk.call.statuses.at(-1)).toBe(503))
})

test('the server goes before the INVITE: the call is given up and what was reserved is given back', async () => {
  const who = await addCaller(lab)
  const callId = crypto.randomUUID() as never
  await lab.calls().place({ ...who, callId, dialled: NUMBER.tone, sipUser: 'lab-phone' })
  await lab.leave()
  await lab.takeOver()
  const talk = { callId, caller: who, call: undefined as never, dialIn: undefined as never }
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'abandoned', ratedMs: 0 })
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
})
test('the connection to the engine breaks and is there again: nothing is lost', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  lab.engine().stop()
  lab.engine().start()
  await vi.waitFor(() => lab.engine().survey())
  await hears(talk, 1000)
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
})

test('hung up while the engine cannot be told: nothing is settled until it is, and the record has the end of the speech', async () => {
  const who = await addCaller(lab, { terms: { sliceMs: 30_000 as never } })
  const talk = await connect(lab, who, NUMBER.tone)
  await hears(talk, 1000)
  lab.engine().stop()
  await lab.calls().hangup(commandOf(talk))
  const unknown = 'nobody says yet what became of its legs: asked again'
  await vi.waitFor(() => expect(lab.warnings).toContain(unknown), { timeout: 10_000 })
  await hears(talk, 1000)
  expect(await lab.stores.records.ofCall(who.organizationId, talk.callId)).toBeUndefined()
  lab.engine().start()
  const record = await recordOf(lab, talk)
  expect(talk.call.endedBy).toBe('them')
  expect(record).toMatchObject({ endReason: 'hangup-caller' })
  expect(Math.abs(record.endedAt - (talk.call.endedAt ?? 0))).toBeLessThan(50)
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: record.ratedMs, heldMs: 0 }])
})

test('Postgres is away: the call goes on to its paid time; nothing is lost when it returns', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  await stateIs(lab, talk, 'connected')
  await lab.postgres.kill()
  await hears(talk, 1000)
  await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'), { timeout: 10_000 })
  await lab.postgres.restart()
  const record = await recordOf(lab, talk, 15_000)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', ratedMs: 4_000, overrunMs: 0 })
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: 4_000, heldMs: 0 }])
})

test('Postgres comes back in time: the call goes on past what was paid before', async () => {
  const who = await addCaller(lab, { terms: { sliceMs: 8_000 as never } })
  const talk = await connect(lab, who, NUMBER.tone)
  await lab.postgres.kill()
  await lab.postgres.restart()
  await vi.waitFor(async () => expect((await poolsOf(lab, who))[0]?.heldMs).toBe(16_000), { timeout: 10_000 })
  await hears(talk, 1000)
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller', overrunMs: 0 })
})

test('the engine is killed: its calls are settled at its recorded exit, and the next call works', async () => {
  const who = await addCaller(lab, { terms: { sliceMs: 30_000 as never } })
  const talk = await connect(lab, who, NUMBER.tone)
  await hears(talk, 1000)
  const killedAt = Date.now()
  await lab.asterisk.kill()
  await lab.asterisk.restart()
  const record = await recordOf(lab, talk, 15_000)
  expect(record).toMatchObject({ endReason: 'engine-failure', overrunMs: 0 })
  expect(Math.abs(record.endedAt - killedAt)).toBeLessThan(500)
  expect(record.ratedMs).toBe(Math.ceil(wireMs(record) / 1000) * 1000)
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: record.ratedMs, heldMs: 0 }])
})
