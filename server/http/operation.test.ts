import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Outsider } from '../testing/outsider.ts'

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
  expect(headers['permissions-policy']).toMatch(/^microphone=\(self\), .*camera=\(\)/)
})

test.each([
  ['an answer', '/api/organizations'],
  ['a refusal', '/api/calls'],
  ['an unknown address', '/api/nothing'],
  ['health', '/api/health'],
  ['metrics', '/metrics'],
])('%s of the API is kept by nobody', async (_name, path) => {
  expect((await operator.get(path)).headers['cache-control']).toBe('no-store')
})

test("the document's page runs the scripts of this answer, and evaluates nothing", async () => {
  const page = async () => {
    const { body, headers } = await outsider(house).get('/api/docs/')
    const policy = String(headers['content-security-policy'])
    return { body: String(body), policy, nonce: /'nonce-([^']+)'/.exec(policy)?.[1] }
  }
  const { body, policy, nonce } = await page()
  expect(/script-src [^;]*/.exec(policy)?.[0]).toBe(`script-src 'self' 'nonce-${nonce}'`)
  expect([...body.matchAll(/<script(?! nonce=")/g)]).toEqual([])
  expect(body).toContain(`<script nonce="${nonce}"`)
  expect((await page()).nonce).not.toBe(nonce)
})

const linesOf = (text: string): string[] =>
  house
    .log()
    .split('\n')
    .filter((line) => line.includes(text))

describe('the log', () => {
  test('has one line a minute for all that was turned away, and the metrics count it', async () => {
    const stranger = outsider(house)
    for (let asked = 0; asked < 50; asked++) await stranger.get(`/nothing-${asked}`)
    const lines = house
      .log()
      .split('\n')
      .filter((line) => line.includes('requests turned away') && line.includes('404'))
    expect(lines.length).toBe(1)
    const count = /tandem_requests_turned_away_total\{status="404"\} (\d+)/.exec((await operator.get('/metrics')).body)
    expect(Number(count?.[1])).toBeGreaterThanOrEqual(50)
  })

  test('has a line for who signs in, and no line for each page or sign-in of strangers', async () => {
    const before = linesOf('"msg":"request"').length
    const stranger = outsider(house)
    for (let asked = 0; asked < 50; asked++) await stranger.get(['/', '/api/openapi.json', '/api/docs'][asked % 3]!)
    const flood = Array.from({ length: 150 }, (_, n) =>
      outsider(house).post(
        '/api/session',
        { login: `x${n}`, password: 'wrong' },
        { 'x-forwarded-for': `192.0.2.${n}` },
      ),
    )
    expect((await Promise.all(flood)).map(({ status }) => status)).toContain(503)
    expect(linesOf('"msg":"request"').length - before).toBe(0)
    expect(linesOf('HashingBusy')).toEqual([])
    await foundOrganization(house, 'Heron')
    await signInAs(house, 'heron-bob', PASSWORD)
    expect(linesOf('"route":"/api/session","status":200').length).toBeGreaterThan(0)
  })

  test.each(['/api/nothing', '/api/health', '/', '/api/events'])('has no query of an upgrade to %s', async (path) => {
    const { socket, status } = await upgradeTo(`${path}?ticket=secret-ticket`)
    expect(status).toMatch(/^HTTP\/1\.1 4\d\d /)
    socket.destroy()
    expect(house.log()).not.toContain('secret-ticket')
  })
})

/** The first line of the answer; the other end closes. */
async function upgradeTo(path: string) {
  const { hostname, port } = new URL(house.address)
  const socket = connect({ host: hostname, port: Number(port) })
  const lines = [`GET ${path} HTTP/1.1`, 'host: x', 'connection: Upgrade', 'upgrade: websocket']
  const key = ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==']
  socket.write([...lines, ...key, '', ''].join('\r\n'))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(socket, 'close')
  return { socket, status: text.split('\r\n')[0] }
}
