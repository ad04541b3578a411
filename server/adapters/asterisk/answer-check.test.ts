import { expect, test, vi } from 'vitest'
import type { EngineEvent } from '#calls'
import { computedId, instant } from '#kernel'
import { AnswerCheck } from './answer-check.ts'
import { AriRefused, type Ari } from './ari.ts'

const LEG = computedId<'leg'>('a call', 'leg')
const CALLER = '1795785558.1'

/** An engine that answers when it is told to: how long Asterisk takes nobody can say. */
function slowEngine() {
  const heard: EngineEvent[] = []
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const check = new AnswerCheck({ request: () => promise } as unknown as Ari, (event) => heard.push(event))
  check.dials(LEG, CALLER)
  return { check, resolve, reject, told: () => heard.map((event) => [event.kind, idOf(event)]) }
}

const idOf = (event: EngineEvent): string => ('channelId' in event ? event.channelId : '')
const answered = (channelId: string): EngineEvent => ({ kind: 'leg-answered', channelId, at: instant(1_000) })
const ended = (channelId: string, sipStatus: number | null): EngineEvent =>
  ({ kind: 'leg-ended', channelId, at: instant(1_100), by: 'party', q850Cause: 16, sipStatus }) as const

const ANSWERED_THEN_ENDED = [
  ['leg-answered', LEG],
  ['leg-ended', CALLER],
  ['leg-ended', LEG],
]

test('a caller who hangs up while the answer is looked at has been answered first', async () => {
  const { check, resolve, told } = slowEngine()
  for (const event of [answered(LEG), ended(CALLER, null), ended(LEG, null)]) check.pass(event)
  expect(told()).toEqual([])
  resolve({ value: '127.0.0.1:4000' })
  await vi.waitFor(() => expect(told()).toEqual(ANSWERED_THEN_ENDED))
})

test('so has the caller of a leg that an earlier server dialled', async () => {
  const { check, resolve, told } = slowEngine()
  check.forget()
  const [channel, another] = [
    { callId: 'a call', state: 'ringing' },
    { callId: 'another', state: 'ringing' },
  ] as const
  check.finds([
    { ...channel, channelId: LEG },
    { ...channel, channelId: CALLER },
    { ...another, channelId: '1795785558.9' },
  ])
  for (const event of [answered(LEG), ended(CALLER, null), ended(LEG, null)]) check.pass(event)
  resolve({ value: '127.0.0.1:4000' })
  await vi.waitFor(() => expect(told()).toEqual(ANSWERED_THEN_ENDED))
})

test('nor is it taken for a refusal that his end has a SIP status, when nobody could look any more', async () => {
  const { check, reject, told } = slowEngine()
  for (const event of [answered(LEG), ended(CALLER, 200), ended(LEG, null)]) check.pass(event)
  reject(new AriRefused('GET', { status: 404, body: 'gone' }))
  await vi.waitFor(() => expect(told()).toEqual(ANSWERED_THEN_ENDED))
})

test('what happens to somebody else waits for nothing', () => {
  const { check, told } = slowEngine()
  for (const event of [answered(LEG), ended('1795785558.9', null)]) check.pass(event)
  expect(told()).toEqual([['leg-ended', '1795785558.9']])
})
