import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { computedId, durationMs, instant, newId } from '#kernel'
import {
  addCaller,
  commandOf,
  connect,
  dial,
  hears,
  hearsNot,
  poolsOf,
  recordOf,
  startCallLab,
  stateIs,
  type CallLab,
  type Caller,
} from '../testing/carriers/call-lab.ts'
import { payingLegId } from './leg.ts'

let lab: CallLab
let caller: Caller

const NUMBER = {
  echo: '13000000001',
  tone: '13000000002',
  rings: '13000000003',
  busy: '13000000004',
  unallocated: '13000000005',
  outOfOrder: '13000000006',
  announcement: '13000000007',
  hangsUp: '13000000008',
  keys: '13000000009',
}

beforeAll(async () => {
  lab = await startCallLab()
  await lab.addTrunk()
  caller = await addCaller(lab)
}, 60_000)

afterAll(() => lab.stop())

const settled = async (who: Caller) =>
  expect((await poolsOf(lab, who)).map(({ heldMs }) => heldMs)).toEqual((await poolsOf(lab, who)).map(() => 0))

const placeFor = (who: Caller) =>
  lab.calls().place({ ...who, callId: newId(), dialled: NUMBER.tone, sipUser: 'lab-phone' })

test('a call is placed, talked, hung up by the caller, charged and recorded', async () => {
  const talk = await connect(lab, caller, NUMBER.tone)
  await hears(talk, 1000)
  await stateIs(lab, talk, 'connected')
  talk.call.hangup()
  const record = await recordOf(lab, talk)
  const wireMs = record.endedAt - (record.answeredAt ?? 0)
  expect(record).toMatchObject({
    endReason: 'hangup-caller',
    dialled: '+8613000000002',
    overrunMs: 0,
    ratedMs: Math.ceil(wireMs / 1000) * 1000,
  })
  expect(record.legs.map(({ kind, q850Cause }) => [kind, q850Cause])).toEqual([
    ['app', 16],
    ['phone-out', 16],
  ])
  expect(record.draws).toMatchObject([{ bucket: 'organization', usedMs: record.ratedMs }])
  await stateIs(lab, talk, 'ended')
  await settled(caller)
})

test('the callee hangs up', async () => {
  const talk = await connect(lab, caller, NUMBER.hangsUp)
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason: 'hangup-callee' })
  expect([5_000, 6_000]).toContain(record.ratedMs)
  expect(talk.call.endedBy).toBe('them')
})

test('the member hangs up by the button of another screen', async () => {
  const talk = await connect(lab, caller, NUMBER.echo)
  await stateIs(lab, talk, 'connected')
  const hungUp = await lab.calls().hangup(commandOf(talk))
  expect(hungUp.ok).toBe(true)
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
  expect(await lab.calls().hangup(commandOf(talk))).toEqual({ ok: false, refusal: { code: 'call-ended' } })
})

test('a call that is being hung up takes nobody’s place: the next is placed in the same moment', async () => {
  const who = await addCaller(lab, { terms: { concurrency: { member: 1, organization: 1 } } })
  const talk = await connect(lab, who, NUMBER.tone)
  expect(await placeFor(who)).toMatchObject({ refusal: { refusal: { code: 'too-many-calls' } } })
  lab.asterisk.freeze()
  const hangup = lab.calls().hangup(commandOf(talk))
  expect(await placeFor(who)).toMatchObject({ ok: true })
  lab.asterisk.thaw()
  await hangup
  await recordOf(lab, talk)
})

test.each([
  ['busy', NUMBER.busy, 'busy', 486],
  ['unallocated', NUMBER.unallocated, 'unallocated', 404],
  ['out of order', NUMBER.outOfOrder, 'network-failure', 503],
  ['an announcement, then a refusal', NUMBER.announcement, 'rejected', 403],
])('%s: told apart, and nothing is charged', async (...[, number, endReason, sipStatus]) => {
  const talk = await dial(lab, caller, number)
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason, answeredAt: null, ratedMs: 0, draws: [] })
  expect(record.legs.at(-1)).toMatchObject({ kind: 'phone-out', sipStatus })
  expect(talk.call.statuses.at(-1)).toBe(sipStatus)
  await settled(caller)
})

test('early media is heard before any answer', async () => {
  const talk = await dial(lab, caller, NUMBER.announcement)
  await stateIs(lab, talk, 'early-media')
  await hears(talk, 600)
  expect(talk.call.answeredAt).toBeNull()
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'cancelled' })
})

test('the caller thinks better of it while it rings', async () => {
  const talk = await dial(lab, caller, NUMBER.rings)
  await stateIs(lab, talk, 'ringing')
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'cancelled', ratedMs: 0 })
})

test('hold plays music to the callee and nothing to the caller', async () => {
  const talk = await connect(lab, caller, NUMBER.tone)
  await hears(talk, 1000)
  await lab.calls().hold(commandOf(talk))
  expect(await lab.calls().find(caller.organizationId, talk.callId)).toMatchObject({ isOnHold: true })
  await hearsNot(talk, 1000)
  await lab.calls().resume(commandOf(talk))
  await hears(talk, 1000)
  talk.call.hangup()
  await recordOf(lab, talk)
})

test('keys are sent to the callee', async () => {
  const talk = await connect(lab, caller, NUMBER.keys)
  await stateIs(lab, talk, 'connected')
  await lab.calls().sendDigits({ ...commandOf(talk), digits: '5' })
  await vi.waitFor(() => expect(talk.call.media.keys).toBe('5'), { timeout: 5_000 })
  talk.call.hangup()
  await recordOf(lab, talk)
})

describe('minutes', () => {
  test('slices are extended while the call goes on', async () => {
    const who = await addCaller(lab)
    const talk = await connect(lab, who, NUMBER.tone)
    await vi.waitFor(async () => expect((await poolsOf(lab, who))[0]?.heldMs).toBe(12_000), { timeout: 10_000 })
    talk.call.hangup()
    const record = await recordOf(lab, talk)
    expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: record.ratedMs, heldMs: 0 }])
  })

  test('the last seconds are announced; the engine cuts at the last paid one', async () => {
    const who = await addCaller(lab, { grantMs: 5_000 })
    const talk = await connect(lab, who, NUMBER.tone)
    await hears(talk, 1400)
    const record = await recordOf(lab, talk)
    expect(record).toMatchObject({ endReason: 'minutes-exhausted', ratedMs: 5_000, overrunMs: 0 })
    const wireMs = record.endedAt - (record.answeredAt ?? 0)
    expect(wireMs).toBeGreaterThan(4_600)
    expect(wireMs).toBeLessThanOrEqual(5_000)
    expect(await poolsOf(lab, who)).toMatchObject([{ grantedMs: 5_000, usedMs: 5_000, heldMs: 0 }])
    expect(lab.events.some((event) => event.type === 'minutes-warning' && event.payload.callId === talk.callId)).toBe(
      true,
    )
    const again = await placeFor(who)
    expect(again).toMatchObject({ ok: false, refusal: { code: 'refused', refusal: { code: 'no-minutes' } } })
  })

  test('thirty calls at once cannot talk past a pool of three minutes', async () => {
    const minute = 60_000
    const who = await addCaller(lab, {
      grantMs: 3 * minute,
      terms: { increments: { firstMs: minute, nextMs: minute } as never, sliceMs: minute as never },
    })
    const answers = await Promise.all(Array.from({ length: 30 }, () => placeFor(who)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3)
    expect(await poolsOf(lab, who)).toMatchObject([{ heldMs: 3 * minute }])
  })

  test('the longest call ends as if hung up', async () => {
    const who = await addCaller(lab, { terms: { longestCallMs: 2_000 as never } })
    const talk = await connect(lab, who, NUMBER.tone)
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'longest-call' })
  })

  test('as many calls at once as the plan allows, and no more, however close they come', async () => {
    const who = await addCaller(lab, { terms: { concurrency: { member: 2, organization: 30 } } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => placeFor(who)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
  })
})

test('a call keeps the plan of its start: it goes on though the subscription ends', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  await lab.asOwner(
    `UPDATE subscription SET during = tstzrange(lower(during), now()) WHERE organization_id = '${who.organizationId}'`,
  )
  await vi.waitFor(async () => expect((await poolsOf(lab, who))[0]?.heldMs).toBe(12_000), { timeout: 10_000 })
  const another = await placeFor(who)
  expect(another).toMatchObject({ ok: false, refusal: { code: 'refused', refusal: { code: 'no-plan' } } })
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
})

test('talk that the ledger did not hold after all is recorded as overrun, charged to nobody, and alarmed', async () => {
  const who = await addCaller(lab)
  const talk = await connect(lab, who, NUMBER.tone)
  // As if another server had closed its money.
  const legId = payingLegId(talk.callId)
  const at = instant(Date.now())
  await lab.stores.ledger.settle({ operationId: newId(), legId, ratedMs: durationMs(0), at })
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason: 'minutes-exhausted', ratedMs: 0, draws: [] })
  expect(record.overrunMs).toBe(record.endedAt - (record.answeredAt ?? 0))
  await vi.waitFor(() =>
    expect(lab.events).toContainEqual(
      expect.objectContaining({
        type: 'minutes-uncovered',
        payload: { callId: talk.callId, uncoveredMs: 4_000 },
      }),
    ),
  )
})

describe('the monthly limit of a member', () => {
  const limit = (who: Caller, ms: number) =>
    lab.asOwner(`UPDATE member SET monthly_ms = ${ms} WHERE id = '${who.memberId}'`)

  test('twenty calls at once on a limit of one minute: one is admitted, the others hear why', async () => {
    const minute = durationMs(60_000)
    const who = await addCaller(lab, { terms: { increments: { firstMs: minute, nextMs: minute }, sliceMs: minute } })
    await limit(who, 60_000)
    const answers = await Promise.all(Array.from({ length: 20 }, () => placeFor(who)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const answer of answers.filter(({ ok }) => !ok))
      expect(answer).toMatchObject({ refusal: { refusal: { code: 'monthly-limit-reached', limitMinutes: 1 } } })
    expect(await poolsOf(lab, who)).toMatchObject([{ heldMs: 60_000 }])
  })

  test('cuts a call, which is warned before and told why', async () => {
    const who = await addCaller(lab)
    await limit(who, 6_000)
    const talk = await connect(lab, who, NUMBER.tone)
    const record = await recordOf(lab, talk)
    expect(record).toMatchObject({ endReason: 'monthly-limit', ratedMs: 6_000, overrunMs: 0 })
    expect(lab.events.some((event) => event.type === 'minutes-warning' && event.payload.callId === talk.callId)).toBe(
      true,
    )
    const again = await placeFor(who)
    expect(again).toMatchObject({ refusal: { refusal: { code: 'monthly-limit-reached' } } })
  })

  test('that is raised during a call counts from the next slice on', async () => {
    const who = await addCaller(lab)
    await limit(who, 4_000)
    const talk = await connect(lab, who, NUMBER.tone)
    await limit(who, 60_000)
    await vi.waitFor(async () => expect((await poolsOf(lab, who))[0]?.heldMs).toBe(12_000), { timeout: 10_000 })
    talk.call.hangup()
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
  })
})

describe('who may dial', () => {
  test('the same call id is good for one INVITE', async () => {
    const talk = await connect(lab, caller, NUMBER.tone)
    const second = await lab.phone.call(talk.dialIn.dial)
    await vi.waitFor(() => expect(second.statuses).toEqual([403]))
    await hears(talk, 1000)
    talk.call.hangup()
    await recordOf(lab, talk)
  })

  test('nobody else’s INVITE is taken', async () => {
    const callId = newId<'call'>()
    await lab.calls().place({ ...caller, callId, dialled: NUMBER.tone, sipUser: 'somebody-else' })
    const stranger = await lab.phone.call(callId)
    await vi.waitFor(() => expect(stranger.statuses).toEqual([403]))
    await lab.calls().hangup({ ...caller, callId })
  })

  test('the same request again is the same call', async () => {
    const request = { ...caller, callId: newId<'call'>(), dialled: NUMBER.tone, sipUser: 'lab-phone' }
    const [first, second] = [await lab.calls().place(request), await lab.calls().place(request)]
    expect(first.ok && second.ok && first.value.call.callId === second.value.call.callId).toBe(true)
    await lab.calls().hangup(request)
    await recordOf(lab, { ...request, caller, call: undefined as never, dialIn: undefined as never })
    const third = await lab.calls().place(request)
    expect(third.ok && third.value.call.state).toBe('ended')
  })
})

describe('placed in part', () => {
  test('a call that could not be written holds nothing, is let go, and its id is over', async () => {
    const owner = await addCaller(lab, { grantMs: 60_000 })
    const request = { ...owner, callId: newId<'call'>(), dialled: NUMBER.rings, sipUser: 'lab-phone' }
    await lab.asOwner(`ALTER TABLE call ADD CONSTRAINT closed CHECK (dialled_text <> '${NUMBER.rings}') NOT VALID`)
    await expect(lab.calls().place(request)).rejects.toThrow('closed')
    expect(await poolsOf(lab, owner)).toContainEqual(expect.objectContaining({ heldMs: 0 }))
    await lab.asOwner('ALTER TABLE call DROP CONSTRAINT closed')
    const talk = { ...request, caller: owner, call: undefined as never, dialIn: undefined as never }
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'abandoned', ratedMs: 0, legs: [] })
    expect((await poolsOf(lab, owner)).map(({ heldMs, usedMs }) => heldMs + usedMs)).toEqual([0])
    const again = await lab.calls().place(request)
    expect(again.ok && again.value.call.state).toBe('ended')
  })

  test('a call whose money was settled by a recovery is over, and not out of minutes', async () => {
    const request = { ...caller, callId: newId<'call'>(), dialled: NUMBER.rings, sipUser: 'lab-phone' }
    await lab.stores.ledger.settle({
      operationId: computedId<'operation'>(request.callId, 'recovery'),
      legId: computedId<'leg'>(request.callId, 'route:0'),
      ratedMs: durationMs(0),
      at: instant(Date.now()),
    })
    expect(await lab.calls().place(request)).toEqual({ ok: false, refusal: { code: 'call-over' } })
  })
})

describe('a fault of ours', () => {
  test('while a call is closed takes nobody’s place, and is tried again until the record is written', async () => {
    const who = await addCaller(lab, { terms: { concurrency: { member: 1, organization: 1 } } })
    const talk = await connect(lab, who, NUMBER.tone)
    await lab.asOwner(`ALTER TABLE record ADD CONSTRAINT closed CHECK (call_id <> '${talk.callId}') NOT VALID`)
    talk.call.hangup()
    await stateIs(lab, talk, 'ended')
    const next = { ...who, callId: newId<'call'>(), dialled: NUMBER.rings, sipUser: 'lab-phone' }
    expect(await lab.calls().place(next)).toMatchObject({ ok: true })
    await lab.asOwner('ALTER TABLE record DROP CONSTRAINT closed')
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller' })
    await lab.calls().hangup(next)
  })
})

describe('the browser', () => {
  test.each([
    ['it rings', NUMBER.rings, 'ringing'],
    ['early media is heard', NUMBER.announcement, 'early-media'],
  ] as const)('another tab takes the call over while %s', async (_, number, state) => {
    const talk = await dial(lab, caller, number)
    await stateIs(lab, talk, state)
    const attached = await lab.calls().attach({ ...commandOf(talk), sipUser: 'lab-phone' })
    if (!attached.ok) throw new Error('refused')
    const second = await lab.phone.call(attached.value.dial)
    await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'))
    await vi.waitFor(() => expect(second.statuses).toContain(state === 'ringing' ? 180 : 183))
    await stateIs(lab, talk, state)
    second.hangup()
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'cancelled', ratedMs: 0 })
  })

  test('an answer while nobody is at the caller’s end is charged to nobody', async () => {
    const who = await addCaller(lab)
    const talk = await dial(lab, who, NUMBER.tone)
    talk.call.media.pause()
    const record = await recordOf(lab, talk)
    expect(record).toMatchObject({ endReason: 'browser-gone', answeredAt: null, ratedMs: 0, draws: [] })
    expect(record.overrunMs).toBeGreaterThan(1_000)
    expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
  })

  test('another tab takes the speech over, without a second charge', async () => {
    const who = await addCaller(lab)
    const talk = await connect(lab, who, NUMBER.tone)
    const attached = await lab.calls().attach({ ...commandOf(talk), sipUser: 'lab-phone' })
    if (!attached.ok) throw new Error('refused')
    const second = await lab.phone.call(attached.value.dial)
    await hears({ call: second }, 1000)
    await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'))
    await stateIs(lab, talk, 'connected')
    second.hangup()
    const record = await recordOf(lab, talk)
    expect(record).toMatchObject({
      endReason: 'hangup-caller',
      ratedMs: Math.ceil((record.endedAt - (record.answeredAt ?? 0)) / 1000) * 1000,
    })
    expect(record.legs.map(({ kind }) => kind)).toEqual(['app', 'phone-out', 'app'])
  })

  test('a browser that is gone ends its call', async () => {
    const talk = await connect(lab, caller, NUMBER.tone)
    await hears(talk, 1000)
    talk.call.media.pause()
    expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'browser-gone' })
  })
})
