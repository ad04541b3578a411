import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, type Outsider } from '../testing/outsider.ts'

let house: House
let operator: Outsider
beforeAll(async () => {
  house = await openHouse()
  operator = outsider(house, house.bootstrapKey)
})
afterAll(() => house.stop())

test('health tells which part runs, and no more', async () => {
  const { status, body } = await outsider(house).get('/api/health')
  expect([status, body]).toEqual([200, { status: 'ok', parts: { server: { state: 'up', restarts: 0, since: 1 } } }])
  expect((await outsider(house).get('/api/health/ready')).body).toEqual({ ready: true })
})

test('metrics are text for Prometheus', async () => {
  const { body, headers } = await operator.get('/metrics')
  expect(headers['content-type']).toMatch(/^text\/plain/)
  for (const name of [
    'tandem_calls_ended_total',
    'tandem_calls_refused_total',
    'tandem_calls_live',
    'tandem_engine_up 0',
    'tandem_ledger_seconds',
    'nodejs_eventloop_lag_seconds',
  ])
    expect(body).toContain(name)
})

test('the demo has no pages where there is none', async () => {
  for (const path of ['accounts', 'numbers'])
    expect((await outsider(house).get(`/api/demo/${path}`)).body.code).toBe('demo-only')
  expect((await outsider(house).post('/api/demo/handsets', { number: '+8613900000001' })).body.code).toBe('demo-only')
})

test('an unknown address is a problem', async () => {
  for (const path of ['/api/nothing', '/nothing']) expect((await outsider(house).get(path)).body.code).toBe('not-found')
})

test('pages carry what keeps other sites out', async () => {
  const { headers } = await outsider(house).get('/api/health')
  expect(headers['content-security-policy']).toContain("default-src 'self'")
  expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
  expect(headers['x-content-type-options']).toBe('nosniff')
})
