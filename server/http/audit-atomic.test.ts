import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouseAsOwner, type House } from '../testing/house.ts'
import { foundOrganization, outsider, PASSWORD, signInAs, type Json, type Outsider } from '../testing/outsider.ts'

/** Changes and what belongs to them: the audit's entry, and the end of sessions. Both are there, or neither is. */
let db: pg.Client
let house: House
let close: () => Promise<void>
let founded = 0

beforeAll(async () => {
  ;({ house, db, close } = await openHouseAsOwner())
})
afterAll(() => close())

const TERMS = {
  services: ['business-direct'],
  draws: ['organization'],
  increments: { firstMs: 60_000, nextMs: 60_000 },
  monthlyGrant: { memberMs: 0, organizationMs: 60_000 },
  zones: ['domestic'],
  concurrency: { member: 1, organization: 1 },
}

async function stage() {
  const founding = await foundOrganization(house, `Aud${++founded}`)
  const { operator } = founding
  const carrierId = (await operator.post('/api/carriers', { name: `Carrier ${founded}` })).body.id as string
  const planId = (await operator.post('/api/plans', { name: `Plan ${founded}` })).body.id as string
  const trunk = { carrierId, name: `trunk ${founded}`, host: 'localhost', auth: { kind: 'ip' } }
  const trunkId = (await operator.post('/api/trunks', trunk)).body.id as string
  const keyId = (await operator.post('/api/operator-keys', { name: 'Billing' })).body.id as string
  return { ...founding, carrierId, planId, trunk, trunkId, keyId, organizationId: founding.organization.id as string }
}

type Stage = Awaited<ReturnType<typeof stage>>

/** What is in those tables, but for the audit's entries. */
async function contentsOf(...tables: readonly string[]): Promise<readonly Json[]> {
  const rows = await Promise.all(tables.map((table) => db.query(`SELECT * FROM ${table} ORDER BY 1`)))
  return rows.map((result) => result.rows)
}

const changes: readonly (readonly [string, string, (staged: Stage) => Promise<{ readonly status: number }>])[] = [
  ['carrier.created', 'carrier', ({ operator }) => operator.post('/api/carriers', { name: 'New' })],
  ['trunk.created', 'trunk', ({ operator, trunk }) => operator.post('/api/trunks', { ...trunk, name: 'other' })],
  [
    'trunk.changed',
    'trunk',
    ({ operator, trunkId }) => operator.patch(`/api/trunks/${trunkId}`, { standing: 'suspended' }),
  ],
  [
    'number.granted',
    'number_right',
    ({ operator, organizationId }) =>
      operator.post('/api/numbers', {
        organizationId,
        number: '+865925550177',
        proof: 'contract 1',
        validFrom: '2026-01-01T00:00:00.000Z',
      }),
  ],
  [
    'licence.created',
    'licence',
    ({ operator }) =>
      operator.post('/api/licences', {
        kind: 'voice',
        number: 'A1',
        holder: { kind: 'operator' },
        validFrom: '2026-01-01',
        validUntil: '2030-12-31',
      }),
  ],
  ['plan.created', 'plan', ({ operator }) => operator.post('/api/plans', { name: 'New' })],
  [
    'plan-version.created',
    'plan_version',
    ({ operator, planId }) => operator.post(`/api/plans/${planId}/versions`, { terms: TERMS }),
  ],
  [
    'subscription.created',
    'subscription',
    async ({ operator, planId, slug }) => {
      const other = { name: `${slug} two`, zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn' }
      const { id } = (await operator.post('/api/organizations', other)).body
      return operator.post('/api/subscriptions', { organizationId: id, planId })
    },
  ],
  ['operator-key.created', 'operator_key', ({ operator }) => operator.post('/api/operator-keys', { name: 'New' })],
  ['operator-key.revoked', 'operator_key', ({ operator, keyId }) => operator.remove(`/api/operator-keys/${keyId}`)],
]

test.each(changes)('%s is not done where it cannot be written down', async (action, table, change) => {
  const staged = await stage()
  const before = await contentsOf(table)
  await db.query(`ALTER TABLE audit ADD CONSTRAINT no_more CHECK (action <> '${action}') NOT VALID`)
  const { status } = await change(staged)
  await db.query('ALTER TABLE audit DROP CONSTRAINT no_more')
  expect(status).toBe(500)
  expect(await contentsOf(table)).toEqual(before)
  expect([200, 201, 204]).toContain((await change(staged)).status)
  expect(await contentsOf(table)).not.toEqual(before)
})

/** Which transactions changed members and deleted sessions, from now on. */
async function watchTransactions(): Promise<() => Promise<readonly Json[]>> {
  await db.query(`
    CREATE TABLE IF NOT EXISTS seen (what text, xid xid8);
    TRUNCATE seen;
    CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN INSERT INTO seen VALUES (TG_TABLE_NAME, pg_current_xact_id()); RETURN NULL; END $$;
    CREATE OR REPLACE TRIGGER seen AFTER UPDATE ON member FOR EACH ROW EXECUTE FUNCTION see();
    CREATE OR REPLACE TRIGGER seen AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION see();`)
  return async () =>
    (await db.query(`SELECT xid, array_agg(what ORDER BY what) AS changed FROM seen GROUP BY xid`)).rows.map(
      ({ changed }) => changed,
    )
}

const sessionsOf = async (memberId: string): Promise<number> =>
  (await db.query('SELECT FROM session WHERE member_id = $1', [memberId])).rowCount ?? 0

test.each([
  ['a suspension', (ann: Outsider, id: string) => ann.patch(`/api/members/${id}`, { standing: 'suspended' }), 0],
  [
    'a password that is reset',
    (ann: Outsider, id: string) => ann.post(`/api/members/${id}/password`, { password: 'a fresh long one' }),
    0,
  ],
  [
    'an own new password',
    (_ann: Outsider, _id: string, bob: Outsider) =>
      bob.patch('/api/me', { password: 'a fresh long one', currentPassword: PASSWORD }),
    1,
  ],
] as const)('the sessions that %s ends are gone in its own transaction', async (_name, change, kept) => {
  const { slug, member } = await stage()
  const bobs = [await signInAs(house, `${slug}-bob`, PASSWORD), await signInAs(house, `${slug}-bob`, PASSWORD)]
  const ann = await signInAs(house, `${slug}-ann`, PASSWORD)
  const transactions = await watchTransactions()
  expect((await change(ann, member.id as string, bobs[0]!)).status).toBeLessThan(300)
  expect(await transactions()).toEqual([['member', ...bobs.slice(kept).map(() => 'session')]])
  expect(await sessionsOf(member.id as string)).toBe(kept)
})

test('of two own passwords that are set at once one is; the other finds that its own is none any more', async () => {
  const { slug } = await stage()
  const bobs = await Promise.all([1, 2].map(() => signInAs(house, `${slug}-bob`, PASSWORD)))
  const fresh = ['one fresh long password', 'two fresh long password']
  const answers = await Promise.all(
    bobs.map((bob, index) => bob.patch('/api/me', { password: fresh[index], currentPassword: PASSWORD })),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 422])
  const kept = answers.findIndex(({ status }) => status === 204)
  expect((await bobs[kept]!.get('/api/session')).status).toBe(200)
  const ofOther = await outsider(house).post('/api/session', { login: `${slug}-bob`, password: fresh[1 - kept] })
  expect(ofOther.status).toBe(401)
  expect((await bobs[1 - kept]!.get('/api/session')).status).toBe(401)
})
