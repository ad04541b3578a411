import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { CallSnapshot, NumberedEvent } from '#calls'
import type { Member, PushMessage, PushOutcome, PushSubscription } from '#directory'
import { durationMs, later, newId, type CallId } from '#kernel'
import { aMember, minute, noon, subscribe, type Subscriber } from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import { createPushServices } from '../adapters/push/index.ts'
import { startPushReceiver, type PushReceiver } from '../testing/push-receiver.ts'
import { RingPushes } from './ring-pushes.ts'

let opened: TestStores
let receiver: PushReceiver
let services: ReturnType<typeof createPushServices>
let subscriber: Subscriber
beforeAll(async () => {
  ;[opened, receiver] = await Promise.all([openTestStores(), startPushReceiver()])
  services = createPushServices({
    privateKey: Buffer.alloc(32, 7).toString('base64url'),
    contact: 'mailto:ops@example.com',
    services: [receiver.origin],
  })
  subscriber = await subscribe(opened.stores)
})
afterAll(async () => {
  services.close()
  await Promise.all([opened.close(), receiver.stop()])
})

async function somebody(changes: Partial<Member> = {}): Promise<Member> {
  const member = aMember(subscriber.organization.id, changes)
  await opened.stores.directory.createMember(member)
  return member
}

/** A browser of his that may be woken. */
async function browserOf({ id: memberId, organizationId }: Member): Promise<PushSubscription> {
  const { identity, reach } = opened.stores
  const [sessionHash, browser] = [newId(), receiver.addBrowser()]
  await identity.setPassword(memberId, 'hash')
  const session = { memberId, organizationId, tokenHash: sessionHash, createdAt: noon, expiresAt: later(noon, minute) }
  await identity.createSession(session, 'hash')
  await reach.subscribe(browser, { sessionHash, at: noon })
  return browser
}

type Change = Partial<Pick<CallSnapshot, 'kind' | 'answeredAt' | 'endReason'>>

/** Who is called by whom; what the calls service then says is heard. */
function callTo(callee: Member, caller: Member = subscriber.member) {
  const counted: [PushMessage['type'], PushOutcome][] = []
  let now = noon
  const pushes = new RingPushes({
    ...opened.stores,
    services,
    clock: { now: () => now },
    ringTimeoutMs: durationMs(45_000),
    pushed: (type, outcome) => void counted.push([type, outcome]),
    log: { warn: () => undefined } as never,
  })
  const callId = newId<'call'>()
  const hears = (state: CallSnapshot['state'], change: Change = {}) => {
    const payload = {
      callId,
      kind: 'network',
      state,
      memberId: caller.id,
      calleeId: callee.id,
      answeredAt: null,
      ...change,
    }
    const { organizationId } = callee
    // To each of the two.
    for (const memberId of [caller.id, callee.id])
      pushes.hear({ type: 'call-changed', seq: 1, organizationId, memberId, payload } as NumberedEvent)
  }
  const countedAre = (...expected: typeof counted) =>
    vi.waitFor(() => expect(counted.toSorted()).toEqual(expected.toSorted()))
  return { callId, hears, countedAre, counted, passes: (ms: number) => (now = later(now, ms)) }
}

const deliveredTo = ({ endpoint }: PushSubscription, callId: CallId) =>
  receiver.delivered
    .filter((one) => one.endpoint === endpoint && (one.message as PushMessage).callId === callId)
    .map(({ message, headers }) => ({ message: message as PushMessage, ttl: Number(headers['ttl']) }))

test('all browsers of who is called are woken once, and told once that it is over', async () => {
  const callee = await somebody()
  const browsers = [await browserOf(callee), await browserOf(callee)]
  const call = callTo(callee)
  call.hears('placed')
  call.hears('calling')
  await call.countedAre(['ring', 'taken'], ['ring', 'taken'])
  call.passes(10_000)
  call.hears('ringing')
  call.hears('connected', { answeredAt: noon })
  await call.countedAre(['ring', 'taken'], ['ring', 'taken'], ['over', 'taken'], ['over', 'taken'])
  call.hears('ended', { answeredAt: noon, endReason: 'hangup-caller' })
  for (const browser of browsers) {
    const message = { callId: call.callId, from: subscriber.member.name, ringsUntil: '2026-11-23T04:00:45.000Z' }
    expect(deliveredTo(browser, call.callId)).toEqual([
      { message: { type: 'ring', ...message }, ttl: 45 },
      { message: { type: 'over', ...message }, ttl: 35 },
    ])
  }
  expect(call.counted).toHaveLength(4)
})

test.each([
  ['no-answer', 86_400],
  ['cancelled', 86_400],
  ['rejected', 25],
] as const)('a call that ended by %s is told of for %i s', async (endReason, ttl) => {
  const callee = await somebody()
  const browser = await browserOf(callee)
  const call = callTo(callee)
  call.hears('calling')
  call.passes(20_000)
  call.hears('ended', { endReason })
  await call.countedAre(['ring', 'taken'], ['over', 'taken'])
  expect(deliveredTo(browser, call.callId).map((one) => [one.message.type, one.ttl])).toEqual([
    ['ring', 25],
    ['over', ttl],
  ])
})

test('a business call, and one that never rang, wake nobody', async () => {
  const callee = await somebody()
  await browserOf(callee)
  const [business, abandoned, seen] = [callTo(callee), callTo(callee), callTo(callee)]
  business.hears('calling', { kind: 'business' })
  abandoned.hears('placed')
  abandoned.hears('ended', { endReason: 'abandoned' })
  seen.hears('calling')
  await seen.countedAre(['ring', 'taken'])
  expect([business.counted, abandoned.counted]).toEqual([[], []])
})

test('what rang when the server before was there is only told to be over', async () => {
  const callee = await somebody()
  const browser = await browserOf(callee)
  const call = callTo(callee)
  call.hears('ringing')
  call.hears('ended', { endReason: 'no-answer' })
  await call.countedAre(['over', 'taken'])
  expect(deliveredTo(browser, call.callId)).toMatchObject([{ message: { type: 'over' } }])
})

test('a browser that is gone is forgotten, and told nothing more', async () => {
  const callee = await somebody()
  const [gone, there] = [await browserOf(callee), await browserOf(callee)]
  receiver.answer(gone.endpoint, { status: 410 })
  const call = callTo(callee)
  call.hears('calling')
  await call.countedAre(['ring', 'gone'], ['ring', 'taken'])
  call.hears('ended', { endReason: 'no-answer' })
  await call.countedAre(['ring', 'gone'], ['ring', 'taken'], ['over', 'taken'])
  expect(await opened.stores.reach.subscriptions(callee.id)).toEqual([there])
})

test('a push service that does not answer holds up neither another browser nor another call', async () => {
  const [callee, other] = [await somebody(), await somebody()]
  const [silent, there, others] = [await browserOf(callee), await browserOf(callee), await browserOf(other)]
  receiver.answer(silent.endpoint, 'never')
  const [call, beside] = [callTo(callee), callTo(other)]
  call.hears('calling')
  call.hears('ended', { endReason: 'cancelled' })
  beside.hears('calling')
  await call.countedAre(['ring', 'taken'], ['over', 'taken'])
  await beside.countedAre(['ring', 'taken'])
  expect(deliveredTo(there, call.callId).map(({ message }) => message.type)).toEqual(['ring', 'over'])
  expect(deliveredTo(others, beside.callId)).toHaveLength(1)
})

test('the name of who is shielded is told to whom he is not shielded from', async () => {
  const shielded = await somebody({ isShielded: true, name: 'Director' })
  const told = async (changes: Partial<Member>) => {
    const callee = await somebody(changes)
    const browser = await browserOf(callee)
    const call = callTo(callee, shielded)
    call.hears('calling')
    await call.countedAre(['ring', 'taken'])
    return deliveredTo(browser, call.callId)[0]!.message.from
  }
  expect(await told({})).toBe('')
  expect(await told({ isShielded: true })).toBe('Director')
  expect(await told({ role: 'administrator' })).toBe('Director')
})
