import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Trunk } from '#carriers'
import {
  addCaller,
  commandOf,
  dial,
  hears,
  poolsOf,
  recordOf,
  startCallLab,
  stateIs,
  type CallLab,
  type Caller,
} from '../testing/carriers/call-lab.ts'
import {
  answersAfter,
  answersTheCancel,
  hangsUpAfter,
  isSilent,
  isSlow,
  refuses,
  refusesAfterEarlyMedia,
  rings,
} from '../testing/carriers/scenarios.ts'
import { startBaresip } from '../testing/carriers/baresip.ts'
import { startSipp, type SippCarrier } from '../testing/carriers/sipp.ts'

let lab: CallLab
const carriers: { close(): Promise<void> }[] = []

beforeAll(async () => {
  lab = await startCallLab({ ringTimeoutMs: 12_000 as never })
}, 60_000)

afterAll(async () => {
  await Promise.all(carriers.map((carrier) => carrier.close()))
  await lab.stop()
})

/** Only these trunks carry the call, in this order. */
async function stage(...plans: readonly (readonly [scenario: string, change?: Partial<Trunk>])[]) {
  await lab.asOwner(`UPDATE trunk SET standing = 'suspended'`)
  const started: SippCarrier[] = []
  const trunks: Trunk[] = []
  for (const [index, [scenario, change]] of plans.entries()) {
    const carrier = await startSipp(scenario, change?.transport)
    carriers.push(carrier)
    started.push(carrier)
    trunks.push(await lab.addTrunk({ host: carrier.host, port: carrier.port, priority: index, ...change }))
  }
  const caller: Caller = await addCaller(lab, {
    terms: { increments: { firstMs: 60_000, nextMs: 60_000 } as never, sliceMs: 60_000 as never },
  })
  return { carriers: started, trunks, caller }
}

const NUMBER = '13912345678'

test.each([
  ['refuses with 503', refuses('503 Service Unavailable'), {}, 503],
  ['is silent', isSilent, {}, null],
  [
    'refuses with 480, where that may fail over',
    refuses('480 Temporarily Unavailable'),
    { failsOverOnTimeout: true },
    480,
  ],
] as const)(
  'a first trunk that %s: the next carries the call, charged once',
  async (...[, scenario, change, sipStatus]) => {
    const { carriers: both, trunks, caller } = await stage([scenario, change], [answersAfter(0)])
    const talk = await dial(lab, caller, NUMBER)
    await stateIs(lab, talk, 'connected')
    talk.call.media.play(440)
    await hears(talk, 440)
    talk.call.hangup()
    const record = await recordOf(lab, talk)
    expect(record).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
    expect(
      record.legs
        .filter(({ kind }) => kind === 'phone-out')
        .map((leg) => [leg.trunkId, leg.answeredAt !== null, leg.sipStatus]),
    ).toEqual([
      // Its own answer ended it, or its silence; never a time-out where it had answered.
      [trunks[0]?.id, false, sipStatus],
      [trunks[1]?.id, true, null],
    ])
    expect(both.map((carrier) => carrier.received('INVITE'))).toEqual([1, 1])
    expect(await poolsOf(lab, caller)).toMatchObject([{ usedMs: 60_000, heldMs: 0 }])
  },
  30_000,
)

test.each([
  ['busy', refuses('486 Busy Here'), 'busy'],
  ['unallocated', refuses('404 Not Found'), 'unallocated'],
  ['480, where that may not fail over', refuses('480 Temporarily Unavailable'), 'no-answer'],
  ['a refusal', refuses('603 Decline'), 'rejected'],
  ['a server error', refuses('500 Server Internal Error'), 'network-failure'],
  ['503 after early media', refusesAfterEarlyMedia('503 Service Unavailable'), 'network-failure'],
])('%s is final: no other trunk is tried', async (_, scenario, endReason) => {
  const { carriers: both, caller } = await stage([scenario], [answersAfter(0)])
  const talk = await dial(lab, caller, NUMBER)
  expect(await recordOf(lab, talk)).toMatchObject({ endReason, ratedMs: 0, draws: [] })
  expect(both.map((carrier) => carrier.received('INVITE'))).toEqual([1, 0])
  expect(await poolsOf(lab, caller)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
})

test('a carrier that said 100 is waited for, however slow it is', async () => {
  const { carriers: both, caller } = await stage([isSlow(5_000)], [answersAfter(0)])
  const talk = await dial(lab, caller, NUMBER)
  await vi.waitFor(() => expect(talk.call.answeredAt).not.toBeNull(), { timeout: 9_000 })
  expect(both.map((carrier) => carrier.received('INVITE'))).toEqual([1, 0])
  talk.call.hangup()
  await recordOf(lab, talk)
}, 30_000)

test('no trunk that works: no route', async () => {
  const { caller } = await stage([isSilent])
  const talk = await dial(lab, caller, NUMBER)
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'no-route', ratedMs: 0 })
})

test('nobody answers until the ringing is over', async () => {
  const { carriers: one, caller } = await stage([rings])
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'ringing')
  expect(await recordOf(lab, talk, 20_000)).toMatchObject({ endReason: 'no-answer', ratedMs: 0 })
  expect(one[0]?.received('CANCEL')).toBe(1)
}, 30_000)

test('a 200 that crosses our CANCEL is ended, recorded, and charged to nobody', async () => {
  const { carriers: one, caller } = await stage([answersTheCancel])
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'ringing')
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'cancelled', answeredAt: null, ratedMs: 0 })
  await vi.waitFor(() => expect(one[0]?.received('BYE')).toBe(1), { timeout: 5_000 })
  expect(await poolsOf(lab, caller)).toMatchObject([{ usedMs: 0, heldMs: 0 }])
})

test('over TCP, in the carrier’s own number format and with its own From', async () => {
  const { carriers: one, caller } = await stage([
    hangsUpAfter(500),
    { transport: 'tcp', numberFormat: 'national', fromUser: 'account-7' },
  ])
  const talk = await dial(lab, caller, NUMBER)
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-callee', ratedMs: 60_000 })
  const invite = one[0]?.invite() ?? ''
  expect(invite).toMatch(/^INVITE sip:13912345678@/)
  expect(invite).toMatch(/^From: .*<sip:account-7@/m)
  expect(invite).toMatch(/^P-Asserted-Identity: .*<sip:\+86755\d{8}@/m)
})

test('the callee sees the organization’s number and nothing of the browser', async () => {
  const { carriers: one, caller } = await stage([hangsUpAfter(100)])
  await recordOf(lab, await dial(lab, caller, NUMBER))
  const [right] = await lab.stores.carriers.numberRights(caller.organizationId)
  const invite = one[0]?.invite() ?? ''
  expect(/^From: .*<sip:([^@]+)@/m.exec(invite)?.[1]).toBe(right?.number)
  expect(/^P-Asserted-Identity: .*<sip:([^@]+)@/m.exec(invite)?.[1]).toBe(right?.number)
  expect(invite).not.toContain('lab-phone')
})

test('over baresip, whose SIP is neither ours nor the engine’s', async () => {
  const baresip = await startBaresip(`+86${NUMBER}`)
  carriers.push(baresip)
  await lab.asOwner(`UPDATE trunk SET standing = 'suspended'`)
  await lab.addTrunk({ host: baresip.host, port: baresip.port })
  const caller = await addCaller(lab)
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'connected')
  talk.call.media.play(440)
  await hears(talk, 440)
  talk.call.hangup()
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller', overrunMs: 0 })
})

test('the server goes between ring and answer: the answered call is taken over', async () => {
  const { caller } = await stage([answersAfter(1_500)])
  const talk = await dial(lab, caller, NUMBER)
  await stateIs(lab, talk, 'ringing')
  await lab.leave()
  await vi.waitFor(() => expect(talk.call.media.packetsHeard).toBeGreaterThan(0), { timeout: 5_000 })
  await lab.takeOver()
  await vi.waitFor(() => expect(talk.call.answeredAt).not.toBeNull(), { timeout: 5_000 })
  talk.call.media.play(440)
  await hears(talk, 440)
  await lab.calls().hangup(commandOf(talk))
  expect(await recordOf(lab, talk)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
})
