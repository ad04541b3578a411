import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFeed } from '../testing/feed.ts'
import { openHouse, openHouseAsOwner, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

let db: pg.Client
let house: House
let close: () => Promise<void>
let operator: Outsider
let founded = 0

beforeAll(async () => {
  ;({ house, db, close } = await openHouseAsOwner())
})
afterAll(() => close())

/** An organization of its own for each test: Ann looks after it, Bob is a member. */
async function stage() {
  const founding = await foundOrganization(house, `Org${++founded}`)
  operator = founding.operator
  const { slug } = founding
  return {
    ...founding,
    organizationId: founding.organization.id as string,
    bobId: founding.member.id as string,
    annId: founding.administrator.id as string,
    ann: await signInAs(house, `${slug}-ann`, PASSWORD),
    bob: await signInAs(house, `${slug}-bob`, PASSWORD),
  }
}

const auditOf = async (subjectId: string): Promise<readonly Json[]> =>
  (await db.query('SELECT actor, action, detail FROM audit WHERE subject_id = $1 ORDER BY seq', [subjectId])).rows
const codeOf = ({ status, body }: { readonly status: number; readonly body: Json }) => [status, body.code]

describe('a member', () => {
  test('is changed in what is named, null clears, and the rest stays', async () => {
    const { ann, bobId } = await stage()
    const department = (await ann.post('/api/departments', { name: 'Drivers' })).body
    const change = {
      name: 'Robert',
      phone: '+8613900000001',
      extension: '955',
      role: 'administrator',
      isShielded: true,
      isNumberHidden: true,
      tags: ['night', 'night'],
      departmentIds: [department.id],
      limits: { mayCall: 'contacts', monthlyMs: 60_000 },
      workingHours: { weekdays: [1], fromMinute: 540, untilMinute: 1080 },
    }
    const changed = await ann.patch(`/api/members/${bobId}`, change)
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ ...change, tags: ['night'], departments: ['Drivers'] })
    const cleared = { phone: null, extension: null, limits: { monthlyMs: null }, workingHours: null, departmentIds: [] }
    const then = await ann.patch(`/api/members/${bobId}`, cleared)
    expect(then.body).toEqual({
      ...changed.body,
      ...cleared,
      isCallable: false,
      departments: [],
      limits: { mayCall: 'contacts', monthlyMs: null },
    })
    expect((await ann.get(`/api/members/${bobId}`)).body).toEqual(then.body)
  })

  test('is written down with who did it, before and after, and no secret', async () => {
    const { ann, annId, bobId } = await stage()
    await ann.patch(`/api/members/${bobId}`, { name: 'Robert', limits: { monthlyMs: 0 } })
    await ann.patch(`/api/members/${bobId}`, { name: 'Robert' })
    await ann.post(`/api/members/${bobId}/password`, { password: 'another long password' })
    expect((await auditOf(bobId)).slice(1)).toEqual([
      {
        actor: `member:${annId}`,
        action: 'member.changed',
        detail: {
          before: { name: 'Bob', limits: { mayCall: null, monthlyMs: null } },
          after: { name: 'Robert', limits: { mayCall: null, monthlyMs: 0 } },
        },
      },
      { actor: `member:${annId}`, action: 'password.reset', detail: {} },
    ])
  })

  test('is not changed where it cannot be written down', async () => {
    const { ann, bobId } = await stage()
    await db.query(`ALTER TABLE audit ADD CONSTRAINT no_more CHECK (action <> 'member.changed') NOT VALID`)
    expect((await ann.patch(`/api/members/${bobId}`, { name: 'Robert' })).status).toBe(500)
    await db.query('ALTER TABLE audit DROP CONSTRAINT no_more')
    expect((await ann.get(`/api/members/${bobId}`)).body.name).toBe('Bob')
  })
})

describe('a change of a member that does not fit', () => {
  const bad: readonly (readonly [string, object, number, string])[] = [
    ['a field that there is not', { nme: 'X' }, 400, 'bad-request'],
    ['a limit that there is not', { limits: { monthly: 1 } }, 400, 'bad-request'],
    ['no name', { name: ' ' }, 400, 'bad-request'],
    ['no E.164 number', { phone: '139' }, 400, 'bad-request'],
    [
      'a department that is not there',
      { departmentIds: ['00000000-0000-7000-8000-000000000000'] },
      422,
      'reference-unknown',
    ],
    ['the extension of a colleague', { extension: '800' }, 409, 'extension-taken'],
    ['an emergency number as extension', { extension: '110' }, 422, 'extension-reserved'],
  ]
  test.each(bad)('is not changed to %s', async (...[, change, status, code]) => {
    const { ann, bobId } = await stage()
    const before = (await ann.get(`/api/members/${bobId}`)).body
    expect(codeOf(await ann.patch(`/api/members/${bobId}`, { ...change, tags: ['x'] }))).toEqual([status, code])
    expect((await ann.get(`/api/members/${bobId}`)).body).toEqual(before)
  })
})

describe('a member among others', () => {
  test('keeps a login that is his alone', async () => {
    const { ann, annId, bobId, organization } = await stage()
    const robert = `robert@${organization.code}`
    expect((await ann.patch(`/api/members/${bobId}`, { login: 'Robert' })).body.login).toBe(robert)
    await signInAs(house, robert, PASSWORD)
    for (const login of ['robert', robert])
      expect(codeOf(await ann.patch(`/api/members/${annId}`, { login }))).toEqual([409, 'login-taken'])
  })

  test('changed by two at once has what each changed; who says what he saw is told that it is no more', async () => {
    const { ann, bobId } = await stage()
    const path = `/api/members/${bobId}`
    const seen = String((await ann.get(path)).headers['etag'])
    await Promise.all([ann.patch(path, { name: 'Robert' }), ann.patch(path, { tags: ['night'] })])
    expect((await ann.get(path)).body).toMatchObject({ name: 'Robert', tags: ['night'] })
    expect(codeOf(await ann.patch(path, { name: 'Rob' }, { 'if-match': seen }))).toEqual([412, 'changed-meanwhile'])
    const now = String((await ann.get(path)).headers['etag'])
    const changed = await ann.patch(path, { name: 'Rob' }, { 'if-match': now })
    expect([changed.status, changed.headers['etag'] === now]).toEqual([200, false])
  })

  test('is known by the tag that he was made with', async () => {
    const { ann } = await stage()
    const hours = { untilMinute: 1080, fromMinute: 540, weekdays: [1] }
    const made = await ann.post('/api/members', { name: 'Carl', login: 'carl', workingHours: hours })
    const path = `/api/members/${made.body.id}`
    expect((await ann.get(path)).headers['etag']).toBe(made.headers['etag'])
    const changed = await ann.patch(path, { name: 'Karl' }, { 'if-match': String(made.headers['etag']) })
    expect(changed.status).toBe(200)
  })

  test('who is the last administrator stays one, unless the operator wills it', async () => {
    const { ann, annId, bobId, organizationId } = await stage()
    for (const change of [{ role: 'member' }, { standing: 'suspended' }])
      expect(codeOf(await ann.patch(`/api/members/${annId}`, change))).toEqual([409, 'last-administrator'])
    await ann.patch(`/api/members/${bobId}`, { role: 'administrator' })
    expect((await ann.patch(`/api/members/${annId}`, { role: 'member' })).status).toBe(200)
    const path = `/api/members/${bobId}?organizationId=${organizationId}`
    expect((await operator.patch(path, { standing: 'suspended' })).body.standing).toBe('suspended')
  })

  test('of two administrators who demote each other at once one is left', async () => {
    const { ann, bob, annId, bobId } = await stage()
    await ann.patch(`/api/members/${bobId}`, { role: 'administrator' })
    const outcomes = await Promise.all([
      ann.patch(`/api/members/${annId}`, { role: 'member' }),
      bob.patch(`/api/members/${bobId}`, { role: 'member' }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})

describe('a change of a member takes effect', () => {
  test('who is suspended, or given another password, has nothing open any more', async () => {
    const { ann, bobId, slug } = await stage()
    for (const end of [
      () => ann.patch(`/api/members/${bobId}`, { standing: 'suspended' }),
      () => ann.post(`/api/members/${bobId}/password`, { password: PASSWORD }),
    ]) {
      const person = await signInAs(house, `${slug}-bob`, PASSWORD)
      const feed = openFeed(house.address, { token: person.token })
      await feed.hello()
      expect((await end()).status).toBeLessThan(300)
      await feed.closed()
      expect(codeOf(await person.get('/api/session'))).toEqual([401, 'not-signed-in'])
    }
  })

  test('whose limit is changed feels it at his next call', async () => {
    const { ann, bob, bobId } = await stage()
    const call = async (key: string) =>
      (await bob.post('/api/calls', { to: { number: '+8613000000001' } }, { 'idempotency-key': key })).body.code
    await ann.patch(`/api/members/${bobId}`, { limits: { mayCall: 'nobody' } })
    expect(await call('one')).toBe('caller-barred')
    await ann.patch(`/api/members/${bobId}`, { limits: { mayCall: null } })
    expect(await call('two')).not.toBe('caller-barred')
  })
})

describe('an extension', () => {
  test('is given to each new member, never twice, though many come at once', async () => {
    const { ann, slug } = await stage()
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, at) => ann.post('/api/members', { name: `M${at}`, login: `${slug}-m${at}` })),
    )
    expect(made.map(({ body }) => body.extension).sort()).toEqual(
      Array.from({ length: 8 }, (_, at) => String(802 + at)),
    )
  })

  test('that the administrator gave is left as it is, and stepped over', async () => {
    const { ann, slug } = await stage()
    const add = async (name: string, extension?: string) =>
      (await ann.post('/api/members', { name, login: `${slug}-${name}`, extension })).body
    expect((await add('cem', '802')).extension).toBe('802')
    expect((await add('dan')).extension).toBe('803')
    expect((await add('eve', '802')).code).toBe('extension-taken')
    expect((await add('fay', '119')).code).toBe('extension-reserved')
  })
})

describe('oneself', () => {
  test('changes the own password by the old one; the other sessions end, this one stays', async () => {
    const { bob, slug } = await stage()
    const elsewhere = await signInAs(house, `${slug}-bob`, PASSWORD)
    const password = 'a quite new password'
    expect(codeOf(await bob.patch('/api/me', { password }))).toEqual([400, 'bad-request'])
    expect(codeOf(await bob.patch('/api/me', { password, currentPassword: 'guess' }))).toEqual([422, 'password-wrong'])
    expect((await bob.patch('/api/me', { password, currentPassword: PASSWORD })).status).toBe(204)
    expect((await bob.get('/api/session')).status).toBe(200)
    expect((await elsewhere.get('/api/session')).status).toBe(401)
    await signInAs(house, `${slug}-bob`, password)
  })

  test('chooses a language, which each session knows', async () => {
    const { bob, slug } = await stage()
    expect((await bob.get('/api/session')).body.language).toBeNull()
    expect((await bob.patch('/api/me', { language: 'zh-Hant' })).status).toBe(204)
    expect((await (await signInAs(house, `${slug}-bob`, PASSWORD)).get('/api/session')).body.language).toBe('zh-Hant')
    expect(codeOf(await bob.patch('/api/me', { language: 'tlh' }))).toEqual([400, 'bad-request'])
  })

  test('may change nothing else', async () => {
    const { bob, bobId } = await stage()
    expect(codeOf(await bob.patch('/api/me', { role: 'administrator' }))).toEqual([400, 'bad-request'])
    expect(codeOf(await bob.patch(`/api/members/${bobId}`, { name: 'X' }))).toEqual([403, 'not-allowed'])
  })
})

test('guessing the own password is slowed down', async () => {
  const strict = await openHouse({ limits: { wrongPasswords: 2 } })
  const { slug } = await foundOrganization(strict, 'Strict')
  const bob = await signInAs(strict, `${slug}-bob`, PASSWORD)
  const guess = (currentPassword: string) => bob.patch('/api/me', { password: 'a quite new password', currentPassword })
  expect([await guess('1'), await guess('2'), await guess(PASSWORD)].map(({ body }) => body.code)).toEqual([
    'password-wrong',
    'password-wrong',
    'too-many-requests',
  ])
  await strict.stop()
})

describe('an organization', () => {
  test('is changed by its administrator in name and caller id, by the operator in all', async () => {
    const { ann, organizationId } = await stage()
    const path = `/api/organizations/${organizationId}`
    expect((await ann.patch(path, { name: 'Egret' })).body.name).toBe('Egret')
    for (const change of [{ zone: 'Europe/Berlin' }, { standing: 'active' }, { jurisdiction: 'none' }])
      expect(codeOf(await ann.patch(path, change))).toEqual([403, 'not-allowed'])
    const all = {
      zone: 'Europe/Berlin',
      country: 'DE',
      jurisdiction: 'none',
      verification: 'verified',
      standing: 'suspended',
    }
    expect((await operator.patch(path, all)).body).toMatchObject({ name: 'Egret', ...all })
    expect(codeOf(await operator.patch(path, { zone: 'Mars/Olympus' }))).toEqual([400, 'bad-request'])
    expect(
      (await auditOf(organizationId)).map(({ action, detail }) => [action, Object.keys(detail.after ?? {}).sort()]),
    ).toEqual([
      ['organization.created', []],
      ['organization.changed', ['name']],
      ['organization.changed', ['country', 'jurisdiction', 'standing', 'verification', 'zone']],
    ])
  })

  test('shows the number that it chose among its own', async () => {
    const { ann, organizationId } = await stage()
    const give = (number: string) =>
      operator.post('/api/numbers', { organizationId, number, proof: 'x', validFrom: '2026-01-01T00:00:00.000Z' })
    const numbers = [`+86592555${1000 + founded}`, `+86592666${1000 + founded}`]
    for (const number of numbers) await give(number)
    const shown = async () =>
      (await ann.get('/api/numbers')).body.items
        .filter(({ isDefault }: Json) => isDefault)
        .map(({ number }: Json) => number)
    expect(await shown()).toEqual([numbers[1]])
    const path = `/api/organizations/${organizationId}`
    expect((await ann.patch(path, { defaultNumber: numbers[0] })).status).toBe(200)
    expect(await shown()).toEqual([numbers[0]])
    expect(codeOf(await ann.patch(path, { defaultNumber: '+865929999999' }))).toEqual([422, 'reference-unknown'])
    expect(await shown()).toEqual([numbers[0]])
    expect((await auditOf(organizationId)).at(-1).detail).toEqual({
      before: { defaultNumber: numbers[1] },
      after: { defaultNumber: numbers[0] },
    })
  })
})

test('an organization that moved to another country dials by its number plan at once', async () => {
  const { bob, organizationId } = await stage()
  const leadsTo = async (key: string) => {
    await bob.post('/api/calls', { to: { number: '(415) 555-2671' } }, { 'idempotency-key': key })
    const { rows } = await db.query(
      `SELECT target.text AS number FROM decision JOIN number AS written ON written.id = number_id
         JOIN number AS target ON target.id = written.leads_to WHERE decision.organization_id = $1 ORDER BY at DESC LIMIT 1`,
      [organizationId],
    )
    return rows[0].number
  }
  expect(await leadsTo('one')).toBe('+864155552671')
  const moved = { country: 'US', zone: 'America/New_York' }
  await operator.patch(`/api/organizations/${organizationId}`, moved)
  expect(await leadsTo('two')).toBe('+14155552671')
})

describe('departments', () => {
  test('are a tree whose limits count for the members below', async () => {
    const { ann, bob, bobId } = await stage()
    const make = async (body: object) => (await ann.post('/api/departments', body)).body
    const drivers = await make({ name: 'Drivers', limits: { mayCall: 'nobody', monthlyMs: null } })
    const north = await make({ name: 'North', parentId: drivers.id })
    expect((await ann.get('/api/departments')).body.items).toEqual([drivers, north])
    await ann.patch(`/api/members/${bobId}`, { departmentIds: [north.id] })
    const call = async (key: string) =>
      (await bob.post('/api/calls', { to: { number: '+8613000000001' } }, { 'idempotency-key': key })).body.code
    expect(await call('one')).toBe('caller-barred')
    await ann.patch(`/api/departments/${north.id}`, { limits: { mayCall: 'anybody' } })
    expect(await call('two')).not.toBe('caller-barred')
    await ann.patch(`/api/departments/${north.id}`, { limits: { mayCall: null } })
    expect((await ann.patch(`/api/departments/${north.id}`, { parentId: null })).body).toMatchObject({ depth: 0 })
    expect(await call('three')).not.toBe('caller-barred')
  })

  test('are refused in a circle, beside their name, below one that is not there', async () => {
    const { ann } = await stage()
    const make = (body: object) => ann.post('/api/departments', body)
    const drivers = (await make({ name: 'Drivers' })).body
    const north = (await make({ name: 'North', parentId: drivers.id })).body
    expect(codeOf(await ann.patch(`/api/departments/${drivers.id}`, { parentId: north.id }))).toEqual([
      409,
      'department-cycle',
    ])
    expect(codeOf(await make({ name: 'Drivers' }))).toEqual([409, 'name-taken'])
    expect(codeOf(await make({ name: 'X', parentId: '00000000-0000-7000-8000-000000000000' }))).toEqual([
      422,
      'reference-unknown',
    ])
  })

  test('are removed when nobody is in them any more', async () => {
    const { ann, bobId } = await stage()
    const { id } = (await ann.post('/api/departments', { name: 'Drivers' })).body
    const below = (await ann.post('/api/departments', { name: 'North', parentId: id })).body.id
    await ann.patch(`/api/members/${bobId}`, { departmentIds: [below] })
    for (const used of [id, below])
      expect(codeOf(await ann.remove(`/api/departments/${used}`))).toEqual([409, 'department-in-use'])
    await ann.patch(`/api/members/${bobId}`, { departmentIds: [] })
    for (const free of [below, id]) expect((await ann.remove(`/api/departments/${free}`)).status).toBe(204)
    expect((await auditOf(id)).map(({ action }) => action)).toEqual(['department.created', 'department.removed'])
  })
})

describe('a subscription', () => {
  test('ends now, once, and the past stays', async () => {
    const { ann, organizationId, plan } = await stage()
    const [subscription] = (await ann.get('/api/subscriptions')).body.items
    for (const _ of [1, 2]) expect((await operator.remove(`/api/subscriptions/${subscription.id}`)).status).toBe(204)
    const [ended] = (await ann.get('/api/subscriptions')).body.items
    expect(ended).toEqual({ ...subscription, until: expect.any(String) })
    expect(Math.abs(Date.parse(ended.until) - Date.now())).toBeLessThan(60_000)
    expect((await auditOf(subscription.id)).map(({ action }) => action)).toEqual([
      'subscription.created',
      'subscription.ended',
    ])
    expect((await ann.get('/api/plans')).body.items).toEqual([{ id: plan.id, name: plan.name }])
    const again = { organizationId, planId: plan.id, from: '2099-01-01T00:00:00.000Z' }
    const next = (await operator.post('/api/subscriptions', again)).body
    expect((await operator.remove(`/api/subscriptions/${next.id}`)).status).toBe(204)
    expect((await ann.get('/api/subscriptions')).body.items).toEqual([ended])
    expect((await operator.remove(`/api/subscriptions/${next.id}`)).status).toBe(404)
  })
})

test('a stranger finds no door among the new ones', async () => {
  for (const path of ['/api/me', '/api/members/x', '/api/departments/x', '/api/organizations/x'])
    expect((await outsider(house).patch(path, {})).status).toBe(401)
})
