import type { Department, MemberFilter } from '#directory'
import { type MemberId, newId, type OrganizationId } from '#kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import { aMember, anOrganization, e164 } from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
const all = {
  reader: null,
  text: null,
  departmentId: null,
  role: null,
  standing: null,
  page: { after: null, limit: 50 },
}
let organizationId: OrganizationId
let drivers: Department
let ids: { readonly [name: string]: MemberId }
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
  const organization = anOrganization()
  organizationId = organization.id
  await stores.directory.createOrganization(organization)
  drivers = {
    id: newId<'department'>(),
    organizationId,
    parentId: null,
    name: 'Drivers Süd',
    depth: 0,
    limits: { mayCall: null, monthlyMs: null },
  }
  await stores.directory.createDepartment(drivers)
  const made = [
    aMember(organizationId, {
      name: 'ÉMILE 100%',
      login: 'heron-e',
      phone: e164('8613911112222'),
      isNumberHidden: true,
    }),
    aMember(organizationId, {
      name: 'Ｂｏｂ',
      login: 'heron_bob',
      role: 'administrator',
      departmentIds: [drivers.id],
    }),
    aMember(organizationId, {
      name: 'anna',
      login: 'heron-a',
      extension: '801',
      tags: ['Night'],
      standing: 'suspended',
    }),
    aMember(organizationId, { name: 'Chief', login: 'heron-c', phone: e164('8613911113333'), isShielded: true }),
  ]
  for (const one of made) await stores.directory.createMember(one)
  ids = Object.fromEntries(made.map(({ name, id }) => [name, id]))
})
afterAll(() => opened.close())

const find = async (filter: Partial<MemberFilter>) =>
  (await stores.directory.listMembers({ organizationId, ...all, ...filter })).map(({ name }) => name)

test('members are listed by name, whatever its case or width', async () => {
  expect(await find({})).toEqual(['anna', 'Ｂｏｂ', 'Chief', 'ÉMILE 100%'])
})

test.each([
  ['a name in another case', 'émile', ['ÉMILE 100%']],
  ['a name in another width', 'BOB', ['Ｂｏｂ']],
  ['a login', 'heron_b', ['Ｂｏｂ']],
  ['an underscore, which is no wildcard', 'heron-b', []],
  ['a percent sign, which is none either', '0%', ['ÉMILE 100%']],
  ['a tag', 'NIGHT', ['anna']],
  ['an extension', '801', ['anna']],
  ["a department's name", 'SÜD', ['Ｂｏｂ']],
  ['part of a phone, as people write it', '1391 111-2', ['ÉMILE 100%']],
  ['a name between white space', ' anna\n', ['anna']],
  ['nothing that is there', 'nobody', []],
])('members are found by %s', async (_, text, names) => {
  expect(await find({ text })).toEqual(names)
})

test('members are narrowed down by department, role and standing', async () => {
  expect(await find({ departmentId: drivers.id })).toEqual(['Ｂｏｂ'])
  expect(await find({ role: 'administrator' })).toEqual(['Ｂｏｂ'])
  expect(await find({ standing: 'suspended' })).toEqual(['anna'])
  expect(await find({ standing: 'suspended', role: 'administrator' })).toEqual([])
  expect(await find({ organizationId: newId() })).toEqual([])
})

test('a list of members hides the shielded from who is not, and numbers from who may not see them', async () => {
  const [anna, chief, emile] = ['anna', 'Chief', 'ÉMILE 100%'].map((name) => ids[name]!)
  expect(await find({ reader: anna! })).toEqual(['anna', 'Ｂｏｂ', 'ÉMILE 100%'])
  expect(await find({ reader: chief! })).toEqual(['anna', 'Ｂｏｂ', 'Chief', 'ÉMILE 100%'])
  expect(await find({ reader: anna!, text: '13911' })).toEqual([])
  expect(await find({ reader: chief!, text: '13911' })).toEqual(['Chief'])
  expect(await find({ reader: emile!, text: '13911' })).toEqual(['ÉMILE 100%'])
  expect(await find({ text: '13911' })).toEqual(['Chief', 'ÉMILE 100%'])
})
