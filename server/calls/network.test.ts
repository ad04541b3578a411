import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newId, type CallId } from '#kernel'
import {
  addCaller,
  addColleague,
  hears,
  recordOf,
  startCallLab,
  stateIs,
  type Caller,
  type CallLab,
  type Talk,
} from '../testing/carriers/call-lab.ts'
import { startPlainPhone } from '../testing/carriers/plain-phone.ts'
import type { SipPhone } from '../testing/carriers/sip-phone.ts'

let lab: CallLab
/** The callee's screens: a telephone each. */
let screens: readonly [SipPhone, SipPhone]

const RING_MS = 4_000

beforeAll(async () => {
  lab = await startCallLab({ ringTimeoutMs: RING_MS as never })
  const phoneOf = (sipUser: string) => startPlainPhone(lab.asterisk, { ari: lab.engine().ari, sipUser, rtpTimeoutS: 2 })
  screens = [await phoneOf('screen-0'), await phoneOf('screen-1')]
}, 60_000)

afterAll(async () => {
  for (const screen of screens) screen.close()
  await lab.stop()
})

type Pair = { readonly caller: Caller; readonly callee: Caller }

async function twoColleagues(): Promise<Pair> {
  const caller = await addCaller(lab)
  return { caller, callee: await addColleague(lab, caller) }
}

async function call({ caller, callee }: Pair, sipUser = 'lab-phone') {
  const callId = newId<'call'>()
  const wish = { ...caller, callId, kind: 'network', calleeId: callee.memberId, sipUser } as const
  const placed = await lab.calls().place(wish)
  if (!placed.ok) throw new Error(`refused: ${JSON.stringify(placed.refusal)}`)
  return placed.value
}

/** He has dialled in: his colleague's screens are told. */
async function calling(pair: Pair): Promise<Talk> {
  const { call: snapshot, dialIn } = await call(pair)
  const talk = { callId: snapshot.callId, caller: pair.caller, dialIn, call: await lab.phone.call(dialIn.dial) }
  await stateIs(lab, talk, 'calling')
  return talk
}

const ringOn = async ({ callee }: Pair, callId: CallId, screen: 0 | 1) => {
  const rung = await lab.calls().ring({ ...callee, callId, sipUser: `screen-${screen}` })
  if (!rung.ok) throw new Error(rung.refusal.code)
  return rung.value
}

async function answered(pair: Pair) {
  const talk = await calling(pair)
  const { dialIn } = await ringOn(pair, talk.callId, 0)
  const answer = await screens[0].call(dialIn.dial)
  await stateIs(lab, talk, 'connected')
  await vi.waitFor(() => expect([talk.call.statuses.at(-1), answer.statuses.at(-1)]).toEqual([200, 200]))
  return { talk, answer }
}

const endOf = async (talk: Talk) => (await recordOf(lab, talk)).endReason

test('two screens ring, the first to dial has the call, each hears the other, and nobody pays', async () => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  const [first, second] = [await ringOn(pair, talk.callId, 0), await ringOn(pair, talk.callId, 1)]
  await stateIs(lab, talk, 'ringing')
  await vi.waitFor(() => expect(talk.call.statuses).toEqual([180]))
  const answer = await screens[0].call(first.dialIn.dial)
  const late = await screens[1].call(second.dialIn.dial)
  await stateIs(lab, talk, 'connected')
  await vi.waitFor(() => expect([talk.call.statuses.at(-1), answer.statuses.at(-1)]).toEqual([200, 200]))
  await vi.waitFor(() => expect(late.statuses.at(-1)).toBe(403))
  talk.call.media.play(700)
  answer.media.play(1100)
  await hears(talk, 1100)
  await hears({ call: answer }, 700)
  talk.call.hangup()
  await vi.waitFor(() => expect(answer.endedBy).toBe('them'))
  expect(await recordOf(lab, talk)).toMatchObject({
    kind: 'network',
    path: 'internet',
    dialled: '',
    calleeId: pair.callee.memberId,
    endReason: 'hangup-caller',
    ratedMs: 0,
    overrunMs: 0,
    draws: [],
    parties: [
      { role: 'initiator', memberId: pair.caller.memberId },
      { role: 'participant', memberId: pair.callee.memberId },
    ],
    legs: [{ kind: 'app' }, { kind: 'app' }],
  })
  const ends = () => lab.events.filter(({ type, payload }) => type === 'call-ended' && payload.callId === talk.callId)
  const both = [pair.caller.memberId, pair.callee.memberId].toSorted()
  await vi.waitFor(() =>
    expect(
      ends()
        .map(({ memberId }) => memberId)
        .toSorted(),
    ).toEqual(both),
  )
})

test('the callee hangs up', async () => {
  const { talk, answer } = await answered(await twoColleagues())
  answer.hangup()
  expect(await endOf(talk)).toBe('hangup-callee')
  await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'))
})

/** The 200 may have left by then or not; that he has left, neither changes. Who gives up before he is let in has not answered. */
test.for(['at once', 'in the moment in which he is connected'])('the callee hangs up %s', async (when) => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  const { dialIn } = await ringOn(pair, talk.callId, 0)
  const answer = await screens[0].call(dialIn.dial)
  if (when !== 'at once') await stateIs(lab, talk, 'connected')
  answer.hangup()
  expect(await endOf(talk)).toMatch(/^(hangup-callee|no-answer)$/)
  await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'))
})

test('declined, on all screens', async () => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  await ringOn(pair, talk.callId, 0)
  expect(await lab.calls().decline({ ...pair.callee, callId: talk.callId })).toMatchObject({ ok: true })
  expect(await endOf(talk)).toBe('rejected')
  await vi.waitFor(() => expect(talk.call.statuses.at(-1)).toBe(403))
  expect(await lab.calls().ring({ ...pair.callee, callId: talk.callId, sipUser: 'screen-1' })).toMatchObject({
    ok: false,
  })
})

test('the caller gives up', async () => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  await ringOn(pair, talk.callId, 0)
  talk.call.hangup()
  expect(await endOf(talk)).toBe('cancelled')
})

test('nobody answers', async () => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  await ringOn(pair, talk.callId, 0)
  expect(await endOf(talk)).toBe('no-answer')
  await vi.waitFor(() => expect(talk.call.statuses.at(-1)).toBe(480))
})

test('no screen can ring', async () => {
  const { reach } = lab.screens
  lab.screens.reach = async () => 'none'
  const pair = await twoColleagues()
  const { call: snapshot, dialIn } = await call(pair)
  const talk = { callId: snapshot.callId, caller: pair.caller, dialIn, call: await lab.phone.call(dialIn.dial) }
  expect(await endOf(talk).finally(() => (lab.screens.reach = reach))).toBe('unreachable')
})

test('who talks may have one call wait; the next caller hears that he is busy', async () => {
  const pair = await twoColleagues()
  const others = [await addColleague(lab, pair.caller), await addColleague(lab, pair.caller)] as const
  const { talk } = await answered(pair)
  const waiting = await calling({ caller: others[0], callee: pair.callee })
  await ringOn(pair, waiting.callId, 1)
  const { call: snapshot, dialIn } = await call({ caller: others[1], callee: pair.callee })
  const third = { callId: snapshot.callId, caller: others[1], dialIn, call: await lab.phone.call(dialIn.dial) }
  expect(await endOf(third)).toBe('busy')
  await vi.waitFor(() => expect(third.call.statuses.at(-1)).toBe(486))
  waiting.call.hangup()
  talk.call.hangup()
  await Promise.all([recordOf(lab, talk), recordOf(lab, waiting)])
})

test.for(['who came first', 'who came second'])(
  'two who call each other at once are in one call, and %s dials in first',
  async (who) => {
    const pair = await twoColleagues()
    const [mine, theirs] = await Promise.all([
      call(pair),
      call({ caller: pair.callee, callee: pair.caller }, 'screen-0'),
    ])
    expect(theirs.call.callId).toBe(mine.call.callId)
    expect([mine, theirs].filter(({ isJoined }) => isJoined)).toHaveLength(1)
    const dialMine = () => lab.phone.call(mine.dialIn.dial)
    const dialTheirs = () => screens[0].call(theirs.dialIn.dial)
    const isMineFirst = (theirs.isJoined === true) === (who === 'who came first')
    const first = await (isMineFirst ? dialMine : dialTheirs)()
    const second = await (isMineFirst ? dialTheirs : dialMine)()
    const talk = { callId: mine.call.callId, caller: pair.caller, dialIn: mine.dialIn, call: first }
    await stateIs(lab, talk, 'connected')
    second.media.play(1100)
    await hears(talk, 1100)
    second.hangup()
    expect(await endOf(talk)).toMatch(/^hangup-/)
    const { memberId } = await recordOf(lab, talk)
    expect(memberId).toBe(theirs.isJoined === true ? pair.caller.memberId : pair.callee.memberId)
  },
)

test('whoever holds, the other hears music and no longer him', async () => {
  const pair = await twoColleagues()
  const { talk, answer } = await answered(pair)
  talk.call.media.play(1500)
  answer.media.play(1100)
  await hears({ call: answer }, 1500)
  await lab.calls().hold({ ...pair.callee, callId: talk.callId })
  await vi.waitFor(() => expect(answer.media.loudness(1500)).toBeLessThan(0.01), { timeout: 5_000 })
  await lab.calls().resume({ ...pair.callee, callId: talk.callId })
  await hears({ call: answer }, 1500)
  await hears(talk, 1100)
  talk.call.hangup()
  await recordOf(lab, talk)
})

test('another screen of the callee takes the speech over', async () => {
  const pair = await twoColleagues()
  const { talk, answer } = await answered(pair)
  const attached = await lab.calls().attach({ ...pair.callee, callId: talk.callId, sipUser: 'screen-1' })
  if (!attached.ok) throw new Error(attached.refusal.code)
  const there = await screens[1].call(attached.value.dial)
  there.media.play(1100)
  await hears(talk, 1100)
  await vi.waitFor(() => expect(answer.endedBy).toBe('them'))
  there.hangup()
  expect(await endOf(talk)).toBe('hangup-callee')
})

test('the server goes while it rings: the next one lets the screens ring anew, and one answers', async () => {
  const pair = await twoColleagues()
  const talk = await calling(pair)
  await ringOn(pair, talk.callId, 0)
  await lab.leave()
  await lab.takeOver()
  await lab.calls().adopted()
  const { dialIn } = await ringOn(pair, talk.callId, 0)
  const answer = await screens[0].call(dialIn.dial)
  await stateIs(lab, talk, 'connected')
  answer.media.play(1100)
  await hears(talk, 1100)
  talk.call.hangup()
  expect(await endOf(talk)).toBe('hangup-caller')
})

test('the server goes while they talk: they talk on, and either may hang up', async () => {
  const pair = await twoColleagues()
  const { talk, answer } = await answered(pair)
  await lab.leave()
  answer.media.play(1100)
  await hears(talk, 1100)
  await lab.takeOver()
  await lab.calls().adopted()
  expect(await lab.calls().find(pair.caller.organizationId, talk.callId)).toMatchObject({ state: 'connected' })
  await hears(talk, 1100)
  answer.hangup()
  expect(await endOf(talk)).toBe('hangup-callee')
})

test('the server goes and one hangs up meanwhile: the engine ends the other, and the record has its instant', async () => {
  const { talk, answer } = await answered(await twoColleagues())
  await lab.leave()
  answer.hangup()
  await vi.waitFor(() => expect(talk.call.endedBy).toBe('them'))
  await lab.takeOver()
  const record = await recordOf(lab, talk)
  expect(record.endReason).toBe('hangup-callee')
  expect(Math.abs(record.endedAt - answer.endedAt!)).toBeLessThan(200)
})

test('the callee’s network is lost: the call ends', async () => {
  const { talk, answer } = await answered(await twoColleagues())
  answer.media.play(1100)
  await hears(talk, 1100)
  answer.media.pause()
  expect(await endOf(talk)).toBe('browser-gone')
})

test('who signs out on the screen that talks ends the call', async () => {
  const { talk } = await answered(await twoColleagues())
  await lab.calls().signedOut({ sipUsers: ['screen-0'], memberId: null })
  expect(await endOf(talk)).toBe('signed-out')
})
