import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyTaken, type RequestKey } from '#calls'
import { durationMs, newId, type CallId } from '#kernel'
import {
  aCall,
  aDecision,
  aMeter,
  anAttempt,
  minute,
  noon,
  someParties,
  subscribe,
  type Subscriber,
} from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import { AskedBefore, placedOnce } from './idempotency.ts'
import type { Parts } from './parts.ts'

let opened: TestStores
let who: Subscriber
beforeAll(async () => {
  opened = await openTestStores()
  who = await subscribe(opened.stores)
})
afterAll(() => opened.close())

/** As some server of the installation places a call under a key. */
async function placeAs(callId: CallId, once: RequestKey): Promise<void> {
  const { stores } = opened
  const attempt = anAttempt(who, { callId })
  const owner = { organizationId: who.organization.id, memberId: who.member.id }
  const [pool] = await stores.entitlements.openPools(owner, { at: noon })
  const [call, meter] = [aCall(attempt), aMeter()]
  const decision = aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!)
  const increments = { firstIncrementMs: durationMs(minute), incrementMs: durationMs(minute) }
  const reserve = {
    operationId: newId<'operation'>(),
    legId: meter.legId,
    poolIds: [pool!.id],
    wantMs: durationMs(minute),
    cap: null,
    at: noon,
    ...increments,
  }
  await stores.calls.placePaid({ call, parties: someParties(call, meter) }, decision, { reserve, once })
}

const asked = (key: string, body: object = { to: 'x' }) => ({
  request: {
    headers: { 'idempotency-key': key },
    body,
    who: { kind: 'member', memberId: who.member.id, organizationId: who.organization.id },
    log: { warn: () => undefined },
  } as unknown as FastifyRequest,
  parts: { stores: opened.stores, clock: { now: () => noon } } as unknown as Parts,
  purpose: 'call',
})

/** Places, and tells which calls it was asked for. */
function placing(before: (key: RequestKey) => Promise<unknown> = async () => undefined) {
  const askedFor: { readonly callId: CallId; readonly isNew: boolean }[] = []
  const work: Parameters<typeof placedOnce>[1] = async ({ callId, isNew, once }) => {
    askedFor.push({ callId, isNew })
    if (askedFor.length === 1) await before(once.key)
    if (await once.isUsed) throw new AskedBefore()
    await placeAs(callId, once.key).catch((error: unknown) => {
      throw error instanceof KeyTaken ? new AskedBefore() : error
    })
    return { status: 201, body: { callId } }
  }
  return { askedFor, work }
}

test('a call is found again under its key', async () => {
  const first = placing()
  const { body } = await placedOnce(asked('again'), first.work)
  await new Promise(setImmediate) // This process has done with it.
  const second = placing()
  expect(await placedOnce(asked('again'), second.work)).toEqual({ status: 201, body })
  const { callId } = body as { callId: CallId }
  expect(second.askedFor.at(-1)).toEqual({ callId, isNew: false })
})

test('whose key another server uses in the same instant asks for that server’s call', async () => {
  const other = newId<'call'>()
  const { askedFor, work } = placing((key) => placeAs(other, key))
  expect((await placedOnce(asked('race'), work)).body).toEqual({ callId: other })
  expect(askedFor).toEqual([
    { callId: expect.not.stringMatching(other), isNew: true },
    { callId: other, isNew: false },
  ])
})

test('the same key for something else is refused, also when it was used meanwhile', async () => {
  await placedOnce(asked('body'), placing().work)
  await expect(placedOnce(asked('body', { to: 'y' }), placing().work)).rejects.toMatchObject({
    problem: { code: 'idempotency-key-reused' },
  })
  const { work } = placing((key) => placeAs(newId(), { ...key, bodyHash: 'of something else' }))
  await expect(placedOnce(asked('meanwhile'), work)).rejects.toMatchObject({
    problem: { code: 'idempotency-key-reused' },
  })
})

test('whoever repeats his request while another uses his key for something else finds his call all the same', async () => {
  const { body } = await placedOnce(asked('mine'), placing().work)
  await new Promise(setImmediate)
  const wrong = placedOnce(asked('mine', { to: 'y' }), placing().work)
  const rightful = placedOnce(asked('mine'), placing().work)
  await expect(wrong).rejects.toMatchObject({ problem: { code: 'idempotency-key-reused' } })
  expect(await rightful).toEqual({ status: 201, body })
})

test('a refusal is kept and answered again; a fault is not', async () => {
  const problem = { status: 402, body: { code: 'no-minutes', title: 'x', status: 402, type: 'y' } }
  await expect(placedOnce(asked('refused'), async () => problem)).rejects.toMatchObject({
    problem: { code: 'no-minutes' },
  })
  await expect.poll(async () => (await opened.stores.idempotency.look(keyOf('refused'))).kind).not.toBe('first')
  await expect(placedOnce(asked('refused'), placing().work)).rejects.toMatchObject({ problem: { code: 'no-minutes' } })

  await expect(placedOnce(asked('fault'), () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect((await placedOnce(asked('fault'), placing().work)).status).toBe(201)
})

/** Of the same body as `asked`. */
const keyOf = (key: string) => ({
  caller: `member:${who.member.id}`,
  key,
  bodyHash: '',
  at: noon,
  callId: newId<'call'>(),
})
