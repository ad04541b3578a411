import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sortKeyOf } from '#directory'
import { durationMs, instant, later, newId, type MemberId, type OrganizationId } from '#kernel'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { freshDatabase, type TestDatabase } from '../adapters/postgres/testing.ts'
import {
  aCall,
  aDecision,
  aMember,
  anAttempt,
  aRecord,
  noon,
  settleNothing,
  someParties,
} from '../adapters/postgres/testing-nouns.ts'
import { openHouse, type House } from '../testing/house.ts'
import { foundOrganization, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

/** Every list, read page by page from outside. */
let database: TestDatabase
let stores: Stores
let house: House
let ann: Outsider
let poolId: string

const ROWS = 90
const INSTANTS = 16

beforeAll(async () => {
  database = await freshDatabase()
  house = await openHouse({ database })
  stores = await openStores(database)
  const heron = await foundOrganization(house, 'Heron')
  ann = await signInAs(house, 'heron-ann', PASSWORD)
  const organizationId = heron.organization.id as OrganizationId
  await writeCalls(organizationId, heron.administrator.id as MemberId)
  await writeMembers(organizationId)
  poolId = await writeLedger(organizationId, heron.administrator.id as MemberId)
})
afterAll(async () => {
  await house.stop()
  await stores.close()
  await database.drop()
})

/** Calls, their decisions and their records, many of them at one instant; their ids tell nothing of their order. */
async function writeCalls(organizationId: OrganizationId, memberId: MemberId): Promise<void> {
  const organization = (await stores.directory.organization(organizationId))!
  const member = (await stores.directory.member(organizationId, memberId))!
  for (let row = 0; row < ROWS; row++) {
    const at = later(noon, (row * 7) % INSTANTS)
    const attempt = anAttempt({ organization, member }, { at, callId: crypto.randomUUID() as never })
    const world = (await stores.admission.loadWorld(attempt, {}))!
    const call = aCall(attempt)
    const decision = { ...aDecision(attempt, world), id: crypto.randomUUID() as never }
    const parties = someParties(call)
    await stores.calls.place({ call, parties }, decision)
    await settleNothing(stores, parties)
    const state = { name: 'ended', answeredAt: null, endedAt: later(at, 5), reason: 'busy' } as const
    const record = { ...aRecord(call, { callId: call.id, placedAt: at }), id: crypto.randomUUID() as never }
    await stores.calls.saveEnd({ ...call, state }, record, 'system')
  }
}

/** Three names for all but the two who are there. */
async function writeMembers(organizationId: OrganizationId): Promise<void> {
  for (let row = 2; row < ROWS; row++)
    await stores.directory.createMember(aMember(organizationId, { name: ['Li', 'wu', '陈立'][row % 3]! }))
}

async function writeLedger(organizationId: OrganizationId, memberId: MemberId): Promise<string> {
  const [pool] = await stores.entitlements.openPools({ organizationId, memberId }, { at: instant(Date.now()) })
  for (let row = 1; row < ROWS; row++)
    await stores.entitlements.grant({
      operationId: newId(),
      organizationId,
      poolId: pool!.id,
      ms: durationMs(1),
      actor: 'system',
      note: 'x',
      at: noon,
    })
  return pool!.id
}

type Key = readonly [number | string, string]
type List = {
  readonly path: () => string
  readonly sortedBy: (row: Json) => Key
  readonly isAscending?: boolean
}

const LISTS: { readonly [name: string]: List } = {
  calls: { path: () => '/api/calls?', sortedBy: ({ placedAt, id }) => [Date.parse(placedAt), id] },
  records: { path: () => '/api/records?', sortedBy: ({ placedAt, id }) => [Date.parse(placedAt), id] },
  decisions: { path: () => '/api/decisions?', sortedBy: ({ at, id }) => [Date.parse(at), id] },
  ledger: { path: () => `/api/ledger?poolId=${poolId}&`, sortedBy: ({ seq }) => [seq, ''] },
  pools: {
    path: () => '/api/pools?bucket=member&',
    sortedBy: ({ memberName, memberId }) => [sortKeyOf(memberName), memberId],
    isAscending: true,
  },
  members: { path: () => '/api/members?', sortedBy: ({ name, id }) => [sortKeyOf(name), id], isAscending: true },
}

async function pagesOf(path: string, limit: number): Promise<readonly (readonly Json[])[]> {
  const pages = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body } = await ann.get(`${path}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`)
    expect(status).toBe(200)
    pages.push(body.items)
    cursor = body.next as string | null
  }
  return pages
}

const byKey = (a: Key, b: Key): number => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1)

test.each(Object.entries(LISTS))(
  '%s: whatever the size of a page and however many rows share an instant, each row comes once and in order',
  async (_, { path, sortedBy, isAscending = false }) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: ROWS + 1 }), async (limit) => {
        const pages = await pagesOf(path(), limit)
        const rows = pages.flat().map(sortedBy)
        expect(new Set(rows.map(String)).size).toBe(ROWS)
        expect(isAscending ? rows : rows.toReversed()).toEqual(rows.toSorted(byKey))
        // None too many: the last page is not empty.
        expect(pages.map(({ length }) => length)).toEqual(sizesOf(limit))
      }),
      { numRuns: 8, examples: [[1], [ROWS], [ROWS / 2]] },
    )
  },
)

const sizesOf = (limit: number): readonly number[] =>
  Array.from({ length: Math.ceil(ROWS / limit) }, (_, page) => Math.min(limit, ROWS - page * limit))

const cursorOf = (...parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')
const ID = '00000000-0000-4000-8000-000000000000'

test.each([
  ['nothing', ''],
  ['no base64', '%F0%9F%98%80'],
  ['no JSON', Buffer.from('[').toString('base64url')],
  ['an instant alone', '2026-05-01T00:00:00.000Z'],
  ['of another list', cursorOf('contacts', 5, ID)],
  ['an instant that no database takes', cursorOf('LIST', 1e16, ID)],
  ['an instant before all', cursorOf('LIST', -1, ID)],
  ['half a millisecond', cursorOf('LIST', 0.5, ID)],
  ['text that no database takes', cursorOf('LIST', '\0', ID)],
  ['an id that is none', cursorOf('LIST', 5, "' OR 1=1")],
  ['no id', cursorOf('LIST', 5)],
  ['too many parts', cursorOf('LIST', 5, ID, 1)],
])('a cursor that this list never gave is refused: %s', async (_, cursor) => {
  for (const [name, { path }] of Object.entries(LISTS)) {
    const own = cursor.startsWith('W') ? renamed(cursor, name) : cursor
    const { status, body } = await ann.get(`${path()}cursor=${own}`)
    expect([name, status, body.code]).toEqual([name, 400, 'cursor-invalid'])
  }
})

const renamed = (cursor: string, list: string): string =>
  Buffer.from(Buffer.from(cursor, 'base64url').toString().replace('LIST', list)).toString('base64url')
