import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs } from '../testing/outsider.ts'

let house: House
beforeAll(async () => {
  house = await openHouse({ limits: { wrongPasswords: 3 } })
  await foundOrganization(house, 'Heron')
})
afterAll(() => house.stop())

const origin = 'http://127.0.0.1:8420'
const credentials = { login: 'heron-bob', password: PASSWORD }

describe('signing in', () => {
  test('gives a cookie that scripts cannot read and other sites do not send', async () => {
    const { status, headers, body } = await outsider(house).post('/api/session', credentials)
    expect(status).toBe(200)
    const cookies = headers['set-cookie'] as string[]
    expect(cookies[0]).toMatch(/^tandem_session=[\w-]{65}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookies[1]).toMatch(/^tandem_device=[\w.-]+; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(body).toMatchObject({
      name: 'Bob',
      role: 'member',
      organization: { name: 'Heron', zone: 'Asia/Shanghai', country: 'CN' },
      barredBy: null,
      isDemo: false,
    })
    expect(body.token).toBeUndefined()
  })

  test('gives the token to a program that asks, and no cookie', async () => {
    const { body, headers } = await outsider(house).post('/api/session', { ...credentials, token: true })
    expect(headers['set-cookie']).toBeUndefined()
    expect((await outsider(house, body.token).get('/api/session')).body.name).toBe('Bob')
  })

  test('ignores case and blanks around the login', async () => {
    expect((await outsider(house).post('/api/session', { ...credentials, login: ' Heron-BOB ' })).status).toBe(200)
  })

  test('tells a wrong password and an unknown login in the same words', async () => {
    const wrong = await outsider(house).post('/api/session', { ...credentials, login: 'heron-ann', password: 'wrong' })
    const unknown = await outsider(house).post('/api/session', { ...credentials, login: 'nobody' })
    expect(wrong.body).toEqual({
      type: 'urn:tandem:error:sign-in-failed',
      title: 'Login or password is wrong',
      status: 401,
      code: 'sign-in-failed',
    })
    expect(unknown.body).toEqual(wrong.body)
    expect(wrong.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  test('refuses a login for a while after too many wrong passwords, the right one too', async () => {
    const attempt = (password: string) => outsider(house).post('/api/session', { login: 'guessed', password })
    for (const password of ['a', 'b', 'c']) expect((await attempt(password)).status).toBe(401)
    expect((await attempt('d')).body.code).toBe('too-many-requests')
  })

  test('ends by signing out', async () => {
    const bob = await signInAs(house, 'heron-bob', PASSWORD)
    expect((await bob.remove('/api/session')).status).toBe(204)
    expect((await bob.get('/api/session')).body.code).toBe('not-signed-in')
  })
})

test('signing in binds the cookie to the host where people come over HTTPS, whatever a proxy forgot to say', async () => {
  const secure = await openHouse({ publicUrl: 'https://calls.example' })
  await foundOrganization(secure, 'Heron')
  const { send, post } = outsider(secure)
  for (const told of [{}, { host: '127.0.0.1:8420' }, { 'x-forwarded-proto': 'https', host: 'calls.example' }]) {
    const cookie = String((await post('/api/session', credentials, told)).headers['set-cookie'])
    expect(cookie).toMatch(/^__Host-tandem_session=[^;]*; [^,]*; Secure; SameSite=Strict,__Host-tandem_device=/)
    // Made under one name of ours, it holds under every other.
    const headers = { cookie: cookie.split(';')[0]!, host: 'localhost' }
    expect((await send({ method: 'GET', path: '/api/session', headers })).status).toBe(200)
  }
  await secure.stop()
  const { headers } = await outsider(house).post('/api/session', credentials, { 'x-forwarded-proto': 'https' })
  expect(String(headers['set-cookie'])).not.toContain('Secure')
})

test('the address of a stranger may try only so often', async () => {
  const strict = await openHouse({ limits: { signIns: 2 } })
  const attempt = (ip: string) => outsider(strict).post('/api/session', credentials, { 'x-forwarded-for': ip })
  expect((await attempt('192.0.2.1')).status).toBe(401)
  expect((await attempt('192.0.2.1')).status).toBe(401)
  expect((await attempt('192.0.2.1')).body).toMatchObject({ status: 429, code: 'too-many-requests' })
  expect((await attempt('192.0.2.2')).status).toBe(401)
  await strict.stop()
})

test('nobody shuts the account of another from an address of his own', async () => {
  const strict = await openHouse({ limits: { wrongPasswords: 2 } })
  const attempt = (ip: string) => outsider(strict).post('/api/session', credentials, { 'x-forwarded-for': ip })
  for (const _ of ['first', 'second']) await attempt('192.0.2.1')
  expect((await attempt('192.0.2.1')).body.code).toBe('too-many-requests')
  expect((await attempt('192.0.2.2')).body.code).not.toBe('too-many-requests')
  await strict.stop()
})

test('a network of IPv6 is one stranger, however many addresses it has', async () => {
  const strict = await openHouse({ limits: { signIns: 2, strangers: 2 } })
  const inNetwork = (last: string) => ({ 'x-forwarded-for': `2001:db8:7:0:${last}` })
  const attempt = (last: string) =>
    outsider(strict).post('/api/session', { login: `guess-${last}`, password: 'wrong' }, inNetwork(last))
  const ask = (last: string) =>
    outsider(strict, 'invented').send({ method: 'GET', path: '/api/members', headers: inNetwork(last) })
  for (const last of ['0:0:0:1', '1:2:3:4'])
    expect([await attempt(last), await ask(last)]).toMatchObject([{ status: 401 }, { status: 401 }])
  for (const last of ['0:0:0:3', '5:6:7:8'])
    expect([await attempt(last), await ask(last)]).toMatchObject([{ status: 429 }, { status: 429 }])
  const elsewhere = { 'x-forwarded-for': '2001:db8:7:1::1' }
  expect((await outsider(strict).post('/api/session', credentials, elsewhere)).status).toBe(401)
  await strict.stop()
})

test('who tries invented tokens is soon not listened to', async () => {
  const strict = await openHouse({ limits: { strangers: 2 } })
  const attempt = (ip: string) =>
    outsider(strict, 'invented').send({ method: 'GET', path: '/api/members', headers: { 'x-forwarded-for': ip } })
  expect((await attempt('192.0.2.1')).status).toBe(401)
  expect((await attempt('192.0.2.1')).status).toBe(401)
  expect((await attempt('192.0.2.1')).body).toMatchObject({ status: 429, code: 'too-many-requests' })
  expect((await attempt('192.0.2.2')).status).toBe(401)
  await strict.stop()
})

test('a principal may ask only so often', async () => {
  const strict = await openHouse({ limits: { requests: 3 } })
  const operator = outsider(strict, strict.bootstrapKey)
  const codes = []
  for (let asked = 0; asked < 4; asked++) codes.push((await operator.get('/api/organizations')).status)
  expect(codes).toEqual([200, 200, 200, 429])
  expect((await outsider(strict).get('/api/health')).status).toBe(200)
  await strict.stop()
})

describe('the origin of a request', () => {
  const cookieOfBob = async () =>
    String((await outsider(house).post('/api/session', credentials)).headers['set-cookie']).split(';')[0]!

  test.each([
    ['our own address', { origin }, 200],
    ['our own address as the browser has it', { origin: 'http://tandem.test', host: 'tandem.test' }, 200],
    ['no site at all', {}, 200],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['a browser that says so', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s', async (_name, headers, status) => {
    expect((await outsider(house).post('/api/session', credentials, headers)).status).toBe(status)
  })

  test('matters for what changes something with a cookie, not for reading', async () => {
    const headers = { cookie: await cookieOfBob(), origin: 'https://evil.example' }
    const { send } = outsider(house)
    expect(
      (await send({ method: 'POST', path: '/api/contacts', headers, body: { name: 'x', number: '+8613800000000' } }))
        .body.code,
    ).toBe('origin-refused')
    expect((await send({ method: 'GET', path: '/api/contacts', headers })).status).toBe(200)
  })

  test('does not matter for a program with a key and no cookie', async () => {
    const { status } = await outsider(house, house.bootstrapKey).post(
      '/api/carriers',
      { name: 'From afar' },
      { origin: 'https://elsewhere.example' },
    )
    expect(status).toBe(201)
  })
})

describe('operator keys', () => {
  test('are told once, work and can be revoked', async () => {
    const operator = outsider(house, house.bootstrapKey)
    const { status, body } = await operator.post('/api/operator-keys', { name: 'billing' })
    expect(status).toBe(201)
    expect(body.key).toMatch(/^tdm_[A-Za-z0-9]{8}_[\w-]{43}$/)
    const second = outsider(house, body.key)
    expect((await second.get('/api/organizations')).status).toBe(200)
    const { items } = (await operator.get('/api/operator-keys')).body
    expect(items).toMatchObject([{ name: 'bootstrap' }, { id: body.id, name: 'billing', revokedAt: null }])
    expect(JSON.stringify(items)).not.toContain(body.key)
    expect((await operator.remove(`/api/operator-keys/${body.id}`)).status).toBe(204)
    expect((await second.get('/api/organizations')).status).toBe(401)
    expect((await operator.remove(`/api/operator-keys/${body.id}`)).status).toBe(404)
  })

  test('with a wrong secret are nobody', async () => {
    expect((await outsider(house, `${house.bootstrapKey}x`).get('/api/organizations')).status).toBe(401)
  })

  test('have no session', async () => {
    expect((await outsider(house, house.bootstrapKey).get('/api/session')).body.code).toBe('not-allowed')
  })
})

test('no password, token, key or phone number reaches the log', async () => {
  const bob = await signInAs(house, 'heron-bob', PASSWORD)
  await bob.post('/api/contacts', { name: 'Customer', number: '+8613812345678' })
  await bob.get('/api/records?number=13812345678')
  for (const secret of [PASSWORD, bob.token, house.bootstrapKey, '13812345678'])
    expect(house.log()).not.toContain(secret)
})
