import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFeed } from '../testing/feed.ts'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, signInAs } from '../testing/outsider.ts'

type Person = Awaited<ReturnType<typeof signInAs>>

let house: House
let driver: Person

// No engine is needed: a placed call that nobody can dial is told of, and abandoned after 2 s.
beforeAll(async () => {
  house = await openHouse({ isDemo: true })
  driver = await signInAs(house, 'driver', 'demo-driver')
})
afterAll(() => house.stop())

let keys = 0
const place = () =>
  driver.post('/api/calls', { to: { number: '+8613000000001' } }, { 'idempotency-key': `key-${++keys}` })

describe('the feed', () => {
  test('says hello with where it is', async () => {
    const feed = openFeed(house.address, { token: driver.token })
    expect(await feed.hello()).toEqual({ type: 'hello', seq: expect.any(Number), isReset: false })
    feed.close()
  })

  test('tells what happens, in rising order', async () => {
    const feed = openFeed(house.address, { token: driver.token })
    await feed.hello()
    await place()
    await feed.heard('call', ({ call }) => call.state === 'placed')
    const { call } = await feed.heard('call', ({ call }) => call.state === 'ended')
    expect(call).toMatchObject({ endReason: 'abandoned', to: { number: '+8613000000001', name: '01 Echo 回声' } })
    await feed.heard('record', ({ callId }) => callId === call.id)
    const seqs = feed.events.map(({ seq }) => seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    feed.close()
  })

  test('that is asked for from a future it does not have says to load anew', async () => {
    const feed = openFeed(house.address, { token: driver.token, after: 1_000_000_000 })
    const { isReset, seq } = await feed.hello()
    expect([isReset, seq < 1_000_000_000]).toEqual([true, true])
    feed.close()
  })

  test('answers who asks whether it lives', async () => {
    const feed = openFeed(house.address, { token: driver.token })
    await feed.hello()
    expect(await feed.ping()).toBe(true)
    feed.close()
    expect(feed.events).toEqual([])
  })

  test('ends when the session ends', async () => {
    const person = await signInAs(house, 'sales', 'demo-sales')
    const feed = openFeed(house.address, { token: person.token })
    await feed.hello()
    await person.remove('/api/session')
    expect(await feed.closed()).toBe(1000)
  })
})

describe('who comes back', () => {
  test('goes on behind the last event that he heard', async () => {
    const first = openFeed(house.address, { token: driver.token })
    await first.hello()
    await place()
    const { seq, call } = await first.heard('call', ({ call }) => call.state === 'placed')
    first.close()
    await first.closed()
    const all = openFeed(house.address, { token: driver.token, after: seq })
    expect(await all.hello()).toMatchObject({ seq, isReset: false })
    const missed = await all.heard('record', ({ callId }) => callId === call.id)
    expect(all.events.every((event) => event.seq > seq)).toBe(true)
    const last = openFeed(house.address, { token: driver.token, after: missed.seq })
    expect(await last.hello()).toMatchObject({ seq: missed.seq, isReset: false })
    // Whoever was away for all of it is told how the call ended, what is left, and its record; and the number of it last.
    const late = openFeed(house.address, { token: driver.token, after: seq - 1 })
    await late.heard('record', ({ callId }) => callId === call.id)
    expect(late.events).toMatchObject([
      { seq: seq - 1, type: 'call', call: { id: call.id, state: 'ended', endReason: 'abandoned' } },
      { seq: seq - 1, type: 'minutes' },
      { seq: missed.seq, type: 'record' },
    ])
    for (const feed of [all, last, late]) feed.close()
  })

  test('is told the last word on a call that goes on', async () => {
    const first = openFeed(house.address, { token: driver.token })
    const { seq: before } = await first.hello()
    await place()
    const { seq, call } = await first.heard('call', ({ call }) => call.state === 'placed')
    const late = openFeed(house.address, { token: driver.token, after: before })
    expect(await late.heard('call')).toMatchObject({ seq, call: { id: call.id, state: 'placed' } })
    await late.heard('record', ({ callId }) => callId === call.id)
    for (const feed of [first, late]) feed.close()
  })
})

describe('who may listen', () => {
  const cookieOf = async () => {
    const { headers } = await outsider(house).post('/api/session', { login: 'driver', password: 'demo-driver' })
    return String(headers['set-cookie']).split(';')[0]!
  }

  test.each([
    ['our page, by its cookie', true, async () => ({ cookie: await cookieOf(), origin: house.address })],
    [
      'another page, though the cookie comes along',
      false,
      async () => ({ cookie: await cookieOf(), origin: 'https://evil.example' }),
    ],
    ['nobody', false, async () => ({})],
    ['an operator key', false, async () => ({ authorization: `Bearer ${house.bootstrapKey}` })],
  ])('%s', async (_name, mayListen, headers) => {
    const feed = openFeed(house.address, { headers: await headers() })
    if (mayListen) expect(await feed.hello()).toMatchObject({ type: 'hello' })
    else expect(await feed.closed()).toBe(1006)
    feed.close()
  })
})
