import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSignOuts, type Ended, type Session } from '#identity'
import { instant, later, type Instant } from '#kernel'
import { aMember, anOrganization, noon } from '../adapters/postgres/testing-nouns.ts'
import { openTestStores, type TestStores } from '../adapters/postgres/testing-stores.ts'
import { endExpiredSessions } from './session-reach.ts'

let opened: TestStores
beforeAll(async () => {
  opened = await openTestStores()
})
afterAll(() => opened.close())

/** Somebody with a session that ends at each of these instants, named by it. */
async function signedInUntil(ends: readonly Instant[]): Promise<void> {
  const { directory, identity } = opened.stores
  const organization = anOrganization()
  const member = aMember(organization.id)
  await directory.createOrganization(organization)
  await directory.createMember(member)
  await identity.setPassword(member.id, 'hash')
  for (const expiresAt of ends) {
    const session: Session = {
      tokenHash: `ends ${expiresAt - noon}`,
      memberId: member.id,
      organizationId: organization.id,
      createdAt: instant(0),
      expiresAt,
    }
    expect(await identity.createSession(session, 'hash')).toBe(true)
  }
}

test('a session ends with all that hangs on it when its time is over, not before, once, also after a fault', async () => {
  await signedInUntil([later(noon, -1), noon, later(noon, 1), later(noon, 60_000)])
  let now = noon
  let isAway = false
  const ended: (readonly string[])[] = []
  const { identity } = opened.stores
  const store = {
    ...identity,
    deleteExpiredSessions: (at: Instant) =>
      isAway ? Promise.reject(new Error('the database is away')) : identity.deleteExpiredSessions(at),
  }
  const end = async ({ sessionHashes }: Ended): Promise<void> => void ended.push(sessionHashes.toSorted())
  const signOuts = createSignOuts(store, { end })
  let next: { readonly ms: number; readonly run: () => void } | undefined
  let swept: (() => void) | undefined
  const timers = {
    after(ms: number, run: () => void) {
      next = { ms, run }
      swept?.()
      return () => (next = undefined)
    },
  }
  const warnings: string[] = []
  const log = { warn: (_: object, message: string) => void warnings.push(message) } as never
  const sweep = (begin: () => void) =>
    new Promise<void>((resolve) => {
      swept = resolve
      begin()
    })
  let stop = (): void => undefined
  await sweep(() => (stop = endExpiredSessions({ expired: signOuts.expired, clock: { now: () => now }, timers, log })))
  expect(ended).toEqual([['ends -1', 'ends 0']])
  expect(next?.ms).toBeLessThanOrEqual(60_000)

  await sweep(() => next?.run())
  expect(ended).toHaveLength(1)

  now = later(noon, 1)
  isAway = true
  await sweep(() => next?.run())
  expect(warnings).toHaveLength(1)

  now = later(noon, 60_000)
  isAway = false
  await sweep(() => next?.run())
  expect(ended).toEqual([
    ['ends -1', 'ends 0'],
    ['ends 1', 'ends 60000'],
  ])
  stop()
  expect(next).toBeUndefined()
})
