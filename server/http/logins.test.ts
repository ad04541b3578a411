import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

let house: House
let operator: Outsider
let founded = 0
beforeAll(async () => {
  house = await openHouse()
  operator = outsider(house, house.bootstrapKey)
})
afterAll(() => house.stop())

/** An organization that Ann looks after; Bob is a member. */
async function organization(name: string) {
  const founding = await foundOrganization(house, `${name}${++founded}`)
  const { id, code } = founding.organization as { id: string; code: string }
  const ann = await signInAs(house, `${founding.slug}-ann`, PASSWORD)
  return { id, code, ann, bobId: founding.member.id as string, slug: founding.slug }
}

const add = (who: Outsider, login: string, more: object = {}) =>
  who.post('/api/members', { name: 'Zoe', login, password: PASSWORD, ...more })
const codeOf = ({ status, body }: { readonly status: number; readonly body: Json }) => [status, body.code]
const without = ({ id: _, organizationId: __, ...rest }: Json) => rest

describe('a login that an administrator gives', () => {
  test.each([
    ['nobody has', undefined],
    ['another organization has', 'zoe'],
    ['another organization has with its own code', 'zoe@A'],
  ])('is answered the same for a name that %s', async (_, theirs) => {
    const [a, b] = [await organization('Avocet'), await organization('Bittern')]
    const before = await add(b.ann, 'Zoe-before')
    if (theirs !== undefined) {
      const given = await add(operator, theirs.replace('A', a.code), { organizationId: a.id })
      expect(given.status).toBe(201)
    }
    const added = await add(b.ann, ' Zoe ')
    expect(added.status).toBe(201)
    expect(added.body.login).toBe(`zoe@${b.code}`)
    expect({ ...without(added.body), login: '', extension: '' }).toEqual({
      ...without(before.body),
      login: '',
      extension: '',
    })
    expect(codeOf(await add(b.ann, 'zoe'))).toEqual([409, 'login-taken'])
    expect(codeOf(await add(b.ann, `zoe@${b.code}`))).toEqual([409, 'login-taken'])
    const renamed = await b.ann.patch(`/api/members/${b.bobId}`, { login: 'Yan' })
    expect([renamed.status, renamed.body.login]).toEqual([200, `yan@${b.code}`])
    expect(codeOf(await b.ann.patch(`/api/members/${b.bobId}`, { login: 'zoe' }))).toEqual([409, 'login-taken'])
    expect((await add(a.ann, 'zoe')).body.login ?? 'taken').toBe(theirs === 'zoe@A' ? 'taken' : `zoe@${a.code}`)
  })

  test('signs in as it was told, in any case', async () => {
    const { ann, code } = await organization('Crane')
    await add(ann, 'Xi')
    expect((await add(ann, 'Xia')).body.login).toBe(`xia@${code}`)
    await signInAs(house, ` XIA@${code.toUpperCase()} `, PASSWORD)
    const bare = await outsider(house).post('/api/session', { login: 'xia', password: PASSWORD })
    expect(codeOf(bare)).toEqual([401, 'sign-in-failed'])
  })

  test('may be named as it is by who changes something else', async () => {
    const { ann, bobId, slug } = await organization('Dunlin')
    const changed = await ann.patch(`/api/members/${bobId}`, { login: `${slug}-bob`, tags: ['night'] })
    expect(changed.body).toMatchObject({ login: `${slug}-bob`, tags: ['night'] })
  })
})

describe('a login that the operator gives', () => {
  test('is as he typed it, and takes nothing from another organization', async () => {
    const [a, b] = [await organization('Egret'), await organization('Finch')]
    for (const login of [`bare-${a.code}`, `ann@${a.code}.example`, `x@${a.code}`]) {
      const added = await add(operator, login, { organizationId: a.id })
      expect([added.status, added.body.login]).toEqual([201, login])
    }
    for (const foreign of [`y@${b.code}`, 'y@nobody-yet'])
      expect(codeOf(await add(operator, foreign, { organizationId: a.id }))).toEqual([422, 'login-not-ours'])
    const path = `/api/members/${a.bobId}?organizationId=${a.id}`
    expect(codeOf(await operator.patch(path, { login: `y@${b.code}` }))).toEqual([422, 'login-not-ours'])
  })
})

describe('the code of an organization', () => {
  const create = (more: object) =>
    operator.post('/api/organizations', { zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn', ...more })

  test('is the operator’s to give, or made from the name, and shown to its people', async () => {
    expect((await create({ name: 'Godwit', code: 'Gull-Bay' })).body.code).toBe('gull-bay')
    expect(codeOf(await create({ name: 'Hobby', code: 'gull-bay' }))).toEqual([409, 'organization-code-taken'])
    for (const bad of ['a b', 'a.b', '-a', 'a--b', '', '鹭', 'a'.repeat(33)])
      expect(codeOf(await create({ name: 'Ibis', code: bad })), bad).toEqual([400, 'bad-request'])
    expect((await create({ name: '鹭岛物流' })).body.code).toBe('org')
    const { ann, code } = await organization('Jay')
    expect((await ann.get('/api/organizations')).body.items).toMatchObject([{ code }])
  })

  test('is another one for each of many organizations of one name that are made at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => create({ name: 'Kite' })))
    expect(made.map(({ body }) => body.code).toSorted()).toEqual(
      ['kite', ...[2, 3, 4, 5, 6, 7, 8].map((count) => `kite-${count}`)].toSorted(),
    )
  })

  test('does not change', async () => {
    const { id } = (await create({ name: 'Lark' })).body
    expect(codeOf(await operator.patch(`/api/organizations/${id}`, { code: 'lark-2' }))).toEqual([400, 'bad-request'])
  })
})

describe('a password that is easy to guess', () => {
  const weak = (slug: string) => ['password2026!', `${slug}-${slug}-1`, 'Zoe Zoe Zoe Zoe', 'demo-dispatch']
  const refused = [422, 'password-weak']

  test('is not set, wherever a password is set', async () => {
    const { ann, bobId, slug } = await organization('Merlin')
    const bob = await signInAs(house, `${slug}-bob`, PASSWORD)
    await ann.patch(`/api/members/${bobId}`, { name: 'Zoe' })
    for (const password of weak(slug)) {
      expect(codeOf(await add(ann, 'zoe', { password })), password).toEqual(refused)
      expect(codeOf(await ann.post(`/api/members/${bobId}/password`, { password })), password).toEqual(refused)
      const change = { password, currentPassword: PASSWORD }
      expect(codeOf(await bob.patch('/api/me', change)), password).toEqual(refused)
    }
    // Nothing was made, nothing ended.
    expect((await ann.get('/api/members?text=zoe@')).body.items).toEqual([])
    expect((await bob.get('/api/session')).status).toBe(200)
  })

  test('is the demo’s own, but not in the demo', async () => {
    const demo = await openHouse({ isDemo: true })
    const admin = await signInAs(demo, 'admin', 'demo-admin')
    const made = await admin.post('/api/members', { name: 'Nan', login: 'nan', password: 'demo-dispatch' })
    expect([made.status, made.body.login]).toEqual([201, 'nan@heron'])
    await demo.stop()
  })
})
