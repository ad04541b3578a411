import { durationMs, later, newId } from '#kernel'
import type { RecordFilter } from '#records'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stores } from './index.ts'
import {
  aDecision,
  aMember,
  anAttempt,
  anOrganization,
  aRecord,
  e164,
  minute,
  noon,
  subscribe,
} from './testing-nouns.ts'
import { openTestStores, type TestStores } from './testing-stores.ts'

let opened: TestStores
let stores: Stores
beforeAll(async () => {
  opened = await openTestStores()
  stores = opened.stores
})
afterAll(() => opened.close())

const someone = () => ({ organizationId: newId<'organization'>(), memberId: newId<'member'>() })
const everything = {
  callId: null,
  memberId: null,
  endReason: null,
  isAnswered: null,
  number: null,
  text: null,
  reader: { memberId: null, isInCharge: true },
  from: null,
  until: null,
  page: { after: null, limit: 200 },
}

test('call records are written once: the same record again changes nothing', async () => {
  const caller = someone()
  const record = aRecord(caller, {
    legs: [
      {
        legId: newId(),
        kind: 'phone-out',
        trunkId: newId(),
        carrierId: newId(),
        startedAt: noon,
        answeredAt: null,
        endedAt: later(noon, 1),
        sipStatus: 486,
        q850Cause: 17,
      },
    ],
    draws: [
      {
        legId: newId(),
        poolId: newId(),
        bucket: 'organization',
        period: { from: noon, until: later(noon, 1) },
        usedMs: durationMs(minute),
        ledgerSeqs: [3, 4],
      },
    ],
  })
  await stores.records.append(record)
  await stores.records.append({ ...record, ratedMs: durationMs(5) })
  expect(await stores.records.ofCall(caller.organizationId, record.callId)).toEqual(record)
})

test('call records: a second first record of a call is a fault', async () => {
  const record = aRecord(someone())
  await stores.records.append(record)
  await expect(stores.records.append({ ...record, id: newId() })).rejects.toThrow()
})

test('call records: a correction stands for the one that it supersedes', async () => {
  const caller = someone()
  const record = aRecord(caller)
  const correction = { ...record, id: newId<'record'>(), supersedes: record.id, endReason: 'browser-gone' as const }
  await stores.records.append(record)
  await stores.records.append(correction)
  expect(await stores.records.ofCall(caller.organizationId, record.callId)).toEqual(correction)
  expect(await stores.records.list({ ...everything, organizationId: caller.organizationId })).toEqual([correction])
})

test('call records are found by what the filter says, newest first, page by page', async () => {
  const caller = someone()
  const records = [0, 1, 2, 3].map((hour) =>
    aRecord(caller, {
      placedAt: later(noon, hour * 60 * minute),
      dialled: `1390000000${hour}`,
      endReason: hour === 2 ? 'busy' : 'no-answer',
      answeredAt: hour % 3 === 0 ? null : later(noon, 5_000),
    }),
  )
  for (const record of records) await stores.records.append(record)
  const find = async (filter: Partial<RecordFilter>) =>
    (await stores.records.list({ ...everything, organizationId: caller.organizationId, ...filter })).map((record) =>
      records.findIndex(({ id }) => id === record.id),
    )
  expect(await find({})).toEqual([3, 2, 1, 0])
  expect(await find({ page: { after: null, limit: 2 } })).toEqual([3, 2])
  const after = { key: records[2]!.placedAt, id: records[2]!.id }
  expect(await find({ page: { after, limit: 200 } })).toEqual([1, 0])
  expect(await find({ from: records[1]!.placedAt, until: records[3]!.placedAt })).toEqual([2, 1])
  expect(await find({ endReason: 'busy' })).toEqual([2])
  expect(await find({ isAnswered: false })).toEqual([3, 0])
  expect(await find({ isAnswered: true, endReason: 'busy' })).toEqual([2])
  expect(await find({ number: '00001' })).toEqual([1])
  expect(await find({ number: '+139-0000 0001' })).toEqual([1])
  expect(await find({ number: '00005' })).toEqual([])
  expect(await find({ memberId: newId() })).toEqual([])
  expect(await find({ organizationId: newId() })).toEqual([])
})

test('call records are not found by a number that is hidden from the reader, nor by a name behind it, nor by a contact', async () => {
  const [organization, other] = [anOrganization(), anOrganization()]
  const [reader, shy, open] = ['8613900000001', '8613900000002', '8613900000003'].map((phone) =>
    aMember(organization.id, { name: `Member ${phone}x`, phone: e164(phone), isNumberHidden: !phone.endsWith('3') }),
  )
  const elsewhere = aMember(other.id, { phone: open!.phone, isNumberHidden: true })
  for (const one of [organization, other]) await stores.directory.createOrganization(one)
  for (const one of [reader!, shy!, open!, elsewhere]) await stores.directory.createMember(one)
  const caller = { organizationId: organization.id, memberId: open!.id }
  for (const { phone } of [reader!, shy!, open!]) await stores.records.append(aRecord(caller, { dialled: phone! }))
  const find = async (sought: Partial<RecordFilter>) =>
    (await stores.records.list({ ...everything, organizationId: organization.id, ...sought }))
      .map(({ dialled }) => dialled)
      .toSorted()
  const [as, inCharge] = [
    { memberId: reader!.id, isInCharge: false },
    { memberId: reader!.id, isInCharge: true },
  ]
  for (const sought of [{ number: '8613' }, { text: '+86 13' }]) {
    expect(await find({ ...sought, reader: as })).toEqual([reader!.phone, open!.phone])
    expect(await find({ ...sought, reader: { ...as, memberId: open!.id } })).toEqual([open!.phone])
    expect(await find({ ...sought, reader: inCharge })).toEqual([reader!.phone, shy!.phone, open!.phone])
  }
  expect(await find({ text: shy!.name, reader: as })).toEqual([])
  expect(await find({ text: shy!.name, reader: inCharge })).toEqual([shy!.phone])
  expect(await find({ text: reader!.name.toUpperCase(), reader: as })).toEqual([reader!.phone])
  // The caller's own name finds all that he called.
  expect(await find({ text: open!.name, reader: as })).toHaveLength(3)
  await stores.directory.saveContact(organization.id, { memberId: reader!.id, name: 'Depot', number: shy!.phone! })
  // A contact is a guess that anybody may save.
  expect(await find({ text: 'depot', reader: as })).toEqual([])
  // Who dialled it himself knows it: if it were not found by it, that would tell whose it is.
  await stores.records.append(aRecord(caller, { dialled: shy!.phone!, isByNumber: true }))
  expect(await find({ number: shy!.phone!, reader: { ...as, memberId: open!.id } })).toEqual([shy!.phone])
  expect(await find({ text: 'depot', reader: as })).toEqual([shy!.phone])
  expect(await find({ text: 'depot', reader: { memberId: null, isInCharge: true } })).toEqual([])
})

test('call records: another organization sees none', async () => {
  const record = aRecord(someone())
  await stores.records.append(record)
  expect(await stores.records.ofCall(newId(), record.callId)).toBeUndefined()
})

/** One row of each, so that a refusal is not for want of rows. */
beforeAll(async () => {
  const subscriber = await subscribe(stores)
  const attempt = anAttempt(subscriber)
  await stores.admission.append(aDecision(attempt, (await stores.admission.loadWorld(attempt, {}))!))
  await stores.records.append(aRecord(someone()))
  await stores.audit.append({
    at: noon,
    organizationId: null,
    actor: 'system',
    action: 'x',
    subjectId: 'y',
    detail: {},
  })
  await stores.ledger.settle({ operationId: newId(), legId: newId(), ratedMs: durationMs(0), at: noon })
})

const tables = ['ledger', 'settlement', 'record', 'decision', 'audit', 'plan_version']
const someColumn = (table: string) => ({ plan_version: 'terms', record: 'number_id' })[table] ?? 'at'
const statements = (table: string) => [
  `UPDATE ${table} SET ${someColumn(table)} = NULL`,
  `DELETE FROM ${table}`,
  `TRUNCATE ${table} CASCADE`,
]

test.each(tables.flatMap((table) => statements(table).map((statement) => ({ statement }))))(
  '$statement is refused to the application and to the owner',
  async ({ statement }) => {
    for (const [url, refusal] of [
      [opened.database.appUrl, '42501'],
      [opened.database.ownerUrl, '23001'],
    ] as const) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        await expect(client.query(statement)).rejects.toMatchObject({ code: refusal })
      } finally {
        await client.end()
      }
    }
  },
)

test.each([
  'UPDATE pool SET granted_ms = 1e9',
  'DELETE FROM hold',
  'INSERT INTO hold VALUES (gen_random_uuid(), gen_random_uuid(), 1, 1)',
  'UPDATE pool SET used_ms = 0',
  'DROP TABLE ledger',
])('what is written once: the application can’t move a balance by hand: %s', async (statement) => {
  const client = new pg.Client({ connectionString: opened.database.appUrl })
  await client.connect()
  try {
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
  } finally {
    await client.end()
  }
})

test('what is written once: the database itself refuses a balance past its grant', async () => {
  const client = new pg.Client({ connectionString: opened.database.ownerUrl })
  await client.connect()
  try {
    await expect(client.query('UPDATE pool SET held_ms = granted_ms - used_ms + 1')).rejects.toMatchObject({
      code: '23514',
    })
  } finally {
    await client.end()
  }
})
