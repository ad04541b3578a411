import { QueryClient } from '@tanstack/react-query'
import type { WireCall } from '@tandem/contract'
import { beforeAll, expect, test, vi } from 'vitest'

const call = (state: WireCall['state'], id = '01900000-0000-7000-8000-000000000001'): WireCall => ({
  id,
  memberId: '01900000-0000-7000-8000-000000000002',
  kind: 'business',
  mode: 'direct',
  from: { name: 'Ann', memberId: '01900000-0000-7000-8000-000000000002' },
  to: { number: '+8613000000001', name: null, memberId: null },
  callerNumber: '+862100000001',
  state,
  isOnHold: false,
  placedAt: '2026-11-23T00:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  endReason: null,
  paidUntil: null,
  isLastMinute: false,
})

let applyEvent: typeof import('./updates.ts').applyEvent
let keys: typeof import('./keys.ts').keys

beforeAll(async () => {
  // The speech listens to its page; there is none here.
  vi.stubGlobal('window', { addEventListener: () => undefined })
  ;({ applyEvent } = await import('./updates.ts'))
  ;({ keys } = await import('./keys.ts'))
})

const live = (client: QueryClient) =>
  client.getQueryData<readonly WireCall[]>(keys.liveCalls)?.map(({ id, state }) => [id, state])

test('a call is among the live ones until it ends, and is kept as it ended', () => {
  const client = new QueryClient()
  const { id } = call('placed')
  applyEvent(client, { seq: 1, type: 'call', call: call('placed') })
  applyEvent(client, { seq: 2, type: 'call', call: call('ringing') })
  expect(live(client)).toEqual([[id, 'ringing']])
  applyEvent(client, { seq: 3, type: 'call', call: call('ended') })
  expect(live(client)).toEqual([])
  expect(client.getQueryData<WireCall>(keys.call(id))?.state).toBe('ended')
})

test('an answer that comes after the end does not bring a call back to life', () => {
  const client = new QueryClient()
  applyEvent(client, { seq: 1, type: 'call', call: call('ended') })
  applyEvent(client, { seq: 2, type: 'call', call: call('placed') })
  expect(live(client) ?? []).toEqual([])
})

test('the newest call is first', () => {
  const client = new QueryClient()
  const second = '01900000-0000-7000-8000-000000000009'
  applyEvent(client, { seq: 1, type: 'call', call: call('connected') })
  applyEvent(client, { seq: 2, type: 'call', call: call('placed', second) })
  expect(live(client)?.map(([id]) => id)).toEqual([second, call('placed').id])
})

test('minutes left are what the server said last', () => {
  const client = new QueryClient()
  applyEvent(client, { seq: 1, type: 'minutes', leftMs: 120_000 })
  applyEvent(client, { seq: 2, type: 'minutes', leftMs: 60_000 })
  expect(client.getQueryData(keys.minutes)).toBe(60_000)
})
