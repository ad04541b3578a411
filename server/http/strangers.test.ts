import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { USUAL_LIMITS } from '#http'
import { openHouse, type House } from '../testing/house.ts'
import { outsider, signInAs } from '../testing/outsider.ts'

/** Strangers and good users behind one proxy: all come from this address. */
const shared = { 'x-forwarded-for': '192.0.2.1' }
let strict: House
let bob: Awaited<ReturnType<typeof signInAs>>
let browser: string

beforeAll(async () => {
  strict = await openHouse({ limits: USUAL_LIMITS, isDemo: true })
  bob = await signInAs(strict, 'driver', 'demo-driver')
  const { headers } = await outsider(strict).post('/api/session', { login: 'driver', password: 'demo-driver' }, shared)
  browser = (headers['set-cookie'] as string[]).map((cookie) => cookie.split(';')[0]).join('; ')
  await attack()
})
afterAll(() => strict.stop())

describe('what strangers do at an address', () => {
  const at = (token: string | undefined, path: string, method: 'GET' | 'POST' = 'GET') =>
    outsider(strict, token).send({ method, path, headers: { ...shared, 'idempotency-key': 'k1' } })

  test('keeps no session from asking, calling and hanging up', async () => {
    expect((await at(bob.token, '/api/session')).status).toBe(200)
    const placed = await outsider(strict, bob.token).post(
      '/api/calls',
      { to: { number: '+8613000000001' } },
      { ...shared, 'idempotency-key': 'k' },
    )
    // Without an engine the browser is not let in; the call was placed, and can be hung up.
    expect(placed.body.code ?? 'placed').toMatch(/^(placed|engine-unreachable)$/)
    const { items } = (await at(bob.token, '/api/calls?live=true')).body
    // It may have been abandoned meanwhile, which is the call's own answer.
    expect([200, 409]).toContain((await at(bob.token, `/api/calls/${items[0].id}/hangup`, 'POST')).status)
  })

  test('keeps no operator key out', async () => {
    expect((await at(strict.bootstrapKey, '/api/organizations')).status).toBe(200)
  })

  test('keeps nobody from signing in at the browser that he signed in at before', async () => {
    const credentials = { login: 'driver', password: 'demo-driver' }
    const headers = { ...shared, cookie: browser }
    expect((await outsider(strict).post('/api/session', credentials, headers)).status).toBe(200)
  })

  test('of which his own wrong passwords are still counted', async () => {
    const guess = () =>
      outsider(strict).post('/api/session', { login: 'driver', password: 'wrong' }, { ...shared, cookie: browser })
    for (let guesses = 0; guesses < 10; guesses++) expect((await guess()).status).toBe(401)
    expect((await guess()).status).toBe(429)
  })
})

async function attack(): Promise<void> {
  const invented = (count: number, token: string) =>
    Array.from({ length: count }, () =>
      outsider(strict, token).send({ method: 'GET', path: '/api/members', headers: shared }),
    )
  const guess = () => outsider(strict).post('/api/session', { login: 'driver', password: 'wrong' }, shared)
  for (let guesses = 0; guesses < 10; guesses++) expect((await guess()).status).toBe(401)
  expect(await guess()).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } })
  const answers = await Promise.all([
    ...invented(700, 'invented'),
    ...invented(700, 'tdm_testkey1_invented0123456789abcdef'),
  ])
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  const anonymous = await Promise.all(
    Array.from({ length: 1_300 }, () => outsider(strict).send({ method: 'GET', path: '/api/health', headers: shared })),
  )
  expect(anonymous.at(-1)?.status).toBe(429)
}

test('many who sign in at once wait in a short queue; the others are told to come again, and nothing else waits', async () => {
  const attempts = Array.from({ length: 240 }, (_, person) =>
    outsider(strict).post(
      '/api/session',
      { login: `person-${person}`, password: 'wrong' },
      { 'x-forwarded-for': `192.0.2.${person}` },
    ),
  )
  const answers = await Promise.all(attempts)
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(200)
  expect(busy[0]).toMatchObject({ body: { code: 'sign-in-busy' }, headers: { 'retry-after': '1' } })
  expect(answers.filter(({ status }) => status === 401).length).toBe(answers.length - busy.length)
})
