import { type CarrierId, type Instant, instant, later, type LicenceId, newId } from '#kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import { aMember, anOrganization, aTrunk, e164, noon } from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

async function twoOrganizations() {
  const [ours, theirs] = [anOrganization(), anOrganization()]
  await stores.directory.createOrganization(ours)
  await stores.directory.createOrganization(theirs)
  return [ours, theirs] as const
}

test('the directory gives back what was put in', async () => {
  const [ours] = await twoOrganizations()
  const root = {
    id: newId<'department'>(),
    organizationId: ours.id,
    parentId: null,
    name: 'all',
    depth: 0,
    limits: { mayCall: null, monthlyMs: null },
  }
  const drivers = {
    ...root,
    id: newId<'department'>(),
    parentId: root.id,
    name: 'drivers',
    depth: 1,
    limits: { mayCall: 'contacts' as const, monthlyMs: null },
  }
  await stores.directory.createDepartment(root)
  await stores.directory.createDepartment(drivers)
  const member = aMember(ours.id, {
    phone: e164('8613900000007'),
    extension: '801',
    tags: ['night', 'a,b{"}'],
    departmentIds: [drivers.id],
    isShielded: true,
    workingHours: { weekdays: [1, 5], fromMinute: 0, untilMinute: 1440 },
  })
  await stores.directory.createMember(member)
  const contact = { memberId: member.id, name: 'depot', number: e164('861050000001') }
  await stores.directory.saveContact(ours.id, { ...contact, name: 'old name' })
  await stores.directory.saveContact(ours.id, contact)

  expect(await stores.directory.organization(ours.id)).toEqual(ours)
  expect(await stores.directory.members(ours.id)).toEqual([member])
  expect(await stores.directory.departments(ours.id)).toEqual([root, drivers])
  expect(await stores.directory.contacts(ours.id, member.id)).toEqual([contact])
})

test('the directory shows nothing of it to another organization', async () => {
  const [ours, theirs] = await twoOrganizations()
  const member = aMember(ours.id)
  await stores.directory.createMember(member)
  await stores.directory.saveContact(ours.id, { memberId: member.id, name: 'x', number: e164('861050000001') })
  expect(await stores.directory.member(theirs.id, member.id)).toBeUndefined()
  expect(await stores.directory.members(theirs.id)).toEqual([])
  expect(await stores.directory.contacts(theirs.id, member.id)).toEqual([])
  await expect(
    stores.directory.saveContact(theirs.id, { memberId: member.id, name: 'x', number: e164('861050000002') }),
  ).rejects.toThrow()
})

test('the directory finds those who are named by id or phone, in their organization only', async () => {
  const [ours, theirs] = await twoOrganizations()
  const [li, wu, zhao] = ['8613900000021', '8613900000022', '8613900000023'].map((phone) =>
    aMember(ours.id, { phone: e164(phone) }),
  )
  const stranger = aMember(theirs.id, { phone: wu!.phone })
  for (const one of [li!, wu!, zhao!, stranger]) await stores.directory.createMember(one)
  const named = { ids: [li!.id, stranger.id, newId<'member'>()], phones: [wu!.phone!, '10086'] }
  expect(await stores.directory.membersNamed(ours.id, named)).toEqual(
    [li!, wu!].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  )
  expect(await stores.directory.membersNamed(ours.id, { ids: [], phones: [] })).toEqual([])
  for (const number of [li!.phone!, wu!.phone!])
    await stores.directory.saveContact(ours.id, { memberId: zhao!.id, name: 'x', number })
  const contacts = await stores.directory.contactsNamed(ours.id, zhao!.id, [wu!.phone!, '10086'])
  expect(contacts.map(({ number }) => number)).toEqual([wu!.phone])
  expect(await stores.directory.contactsNamed(ours.id, li!.id, [wu!.phone!])).toEqual([])
})

test('the directory has a login once in the whole installation', async () => {
  const [ours, theirs] = await twoOrganizations()
  const member = aMember(ours.id)
  await stores.directory.createMember(member)
  expect(await stores.directory.createMember(aMember(theirs.id, { login: member.login }))).toEqual({
    ok: false,
    refusal: { code: 'login-taken' },
  })
})

test('sign-in finds the member by login in any case, and the session until its end', async () => {
  const [ours] = await twoOrganizations()
  const member = aMember(ours.id, { login: 'li.na', role: 'administrator' })
  await stores.directory.createMember(member)
  const credentials = { memberId: member.id, organizationId: ours.id, role: 'administrator', standing: 'active' }
  expect(await stores.identity.credentials('Li.Na')).toEqual({ ...credentials, passwordHash: null })
  await stores.identity.setPassword(member.id, '$argon2id$…')
  expect((await stores.identity.credentials('li.na'))?.passwordHash).toBe('$argon2id$…')

  const session = {
    tokenHash: 'h',
    memberId: member.id,
    organizationId: ours.id,
    createdAt: noon,
    expiresAt: later(noon, 1_000),
  }
  expect(await stores.identity.createSession(session, 'a password that was changed meanwhile')).toBe(false)
  expect(await stores.identity.session('h', noon)).toBeUndefined()
  expect(await stores.identity.createSession(session, '$argon2id$…')).toBe(true)
  expect(await stores.identity.session('h', later(noon, 999))).toEqual({
    ...session,
    role: 'administrator',
    standing: 'active',
    country: ours.country,
  })
  expect(await stores.identity.session('h', later(noon, 1_000))).toBeUndefined()
  await stores.identity.deleteSession('h')
  expect(await stores.identity.session('h', noon)).toBeUndefined()
})

test('sign-in revokes an operator key once', async () => {
  const key = {
    id: newId<'key'>() as string,
    prefix: 'abcdefgh',
    secretHash: 's',
    name: 'bootstrap',
    createdAt: noon,
    revokedAt: null,
  }
  await stores.identity.createOperatorKey(key)
  expect(await stores.identity.operatorKeys()).toEqual([key])
  expect(await stores.identity.revokeOperatorKey(key.id, later(noon, 5))).toBe(true)
  expect(await stores.identity.revokeOperatorKey(key.id, later(noon, 9))).toBe(false)
  expect(await stores.identity.operatorKeys()).toEqual([{ ...key, revokedAt: later(noon, 5) }])
})

const newCarrier = async () => {
  const carrier = { id: newId<'carrier'>(), name: newId<'carrier'>() as string }
  await stores.carriers.createCarrier(carrier)
  return carrier
}

test('carriers: a trunk belongs to a known carrier and has a name of its own', async () => {
  const carrier = await newCarrier()
  const trunk = aTrunk(carrier.id, { auth: { kind: 'ip' }, zones: ['domestic'] })
  expect(await stores.carriers.createTrunk(trunk)).toEqual({ ok: true, value: trunk })
  expect(await stores.carriers.createTrunk(aTrunk(carrier.id, { name: trunk.name }))).toEqual({
    ok: false,
    refusal: { code: 'name-taken' },
  })
  expect(await stores.carriers.createTrunk(aTrunk(newId<'carrier'>() as CarrierId))).toEqual({
    ok: false,
    refusal: { code: 'carrier-unknown' },
  })
  expect(await stores.carriers.createCarrier({ id: newId(), name: carrier.name })).toEqual({
    ok: false,
    refusal: { code: 'name-taken' },
  })
  expect(await stores.carriers.trunks()).toContainEqual(trunk)
})

test('carriers: a number is one organization’s at a time', async () => {
  const [ours, theirs] = await twoOrganizations()
  const number = e164('861050009999')
  const right = {
    number,
    proof: 'contract 7',
    validFrom: noon,
    validUntil: later(noon, 1_000) as Instant | null,
    isDefault: true,
  }
  expect((await stores.carriers.createNumberRight({ ...right, organizationId: ours.id })).ok).toBe(true)
  expect(
    await stores.carriers.createNumberRight({ ...right, organizationId: theirs.id, validFrom: later(noon, 999) }),
  ).toEqual({ ok: false, refusal: { code: 'number-taken', number } })
  expect(
    (
      await stores.carriers.createNumberRight({
        ...right,
        organizationId: theirs.id,
        validFrom: later(noon, 1_000),
        validUntil: null,
      })
    ).ok,
  ).toBe(true)
  expect(await stores.carriers.numberRights(ours.id)).toEqual([{ ...right, organizationId: ours.id }])
})

test('carriers: a new usual caller id takes the place of the old one', async () => {
  const [ours] = await twoOrganizations()
  const right = { organizationId: ours.id, proof: 'contract 7', validFrom: noon, validUntil: null, isDefault: true }
  await stores.carriers.createNumberRight({ ...right, number: e164('861050001111') })
  await stores.carriers.createNumberRight({ ...right, number: e164('861050002222') })
  expect((await stores.carriers.numberRights(ours.id)).map((one) => one.isDefault)).toEqual([false, true])
})

test('carriers: a licence keeps its days as days', async () => {
  const carrier = await newCarrier()
  const licence = {
    id: newId<'licence'>() as LicenceId,
    kind: 'ip-telephony' as const,
    number: 'A2-1',
    holder: { kind: 'operator' as const },
    jurisdiction: 'cn' as const,
    validFrom: '2026-01-01',
    validUntil: '2030-12-31',
    agreement: null,
  }
  const ofCarrier = {
    ...licence,
    id: newId<'licence'>(),
    holder: { kind: 'carrier' as const, carrierId: carrier.id },
    agreement: 'B-7',
  }
  await stores.licences.createLicence(licence)
  await stores.licences.createLicence(ofCarrier)
  expect((await stores.licences.licences()).toSorted((a) => (a.holder.kind === 'operator' ? -1 : 1))).toEqual([
    licence,
    ofCarrier,
  ])
  const unknown = {
    ...ofCarrier,
    id: newId<'licence'>(),
    holder: { kind: 'carrier' as const, carrierId: newId<'carrier'>() },
  }
  expect(await stores.licences.createLicence(unknown)).toEqual({ ok: false, refusal: { code: 'carrier-unknown' } })
})

test('the audit is appended to', async () => {
  await stores.audit.append({
    at: instant(5),
    organizationId: null,
    actor: 'system',
    action: 'trunk.created',
    subjectId: 'x',
    detail: { port: 5060 },
  })
})
