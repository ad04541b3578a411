import { durationMs, instant, later, parseZone, type Instant, type MemberId, type OrganizationId } from '#kernel'
import { describe, expect, test } from 'vitest'
import { beginningOf, hasFreeSeat, poolsToOpen } from './opening.ts'
import type { Offer } from './plan.ts'
import type { Bucket } from './plan.ts'

const minute = 60_000
/** The last millisecond of November in Beijing. */
const at: Instant = instant(Date.parse('2026-11-30T15:59:59.999Z'))
const owner = {
  organizationId: '00000000-0000-7000-8000-000000000001' as OrganizationId,
  memberId: '00000000-0000-7000-8000-000000000002' as MemberId,
}
const zone = parseZone('Asia/Shanghai')!
const offerOf = (draws: readonly Bucket[], member: number, organization: number): Offer => ({
  draws,
  monthlyGrant: { memberMs: durationMs(member * minute), organizationMs: durationMs(organization * minute) },
})
const opened = (
  offer: Offer,
  rest: { readonly inForce?: Offer; readonly pools?: readonly Bucket[]; readonly at?: Instant },
) =>
  poolsToOpen({
    owner,
    at: rest.at ?? at,
    zone,
    offer,
    inForce: rest.inForce ?? null,
    pools: (rest.pools ?? []).map((bucket) => ({ bucket })),
  })
const minutes = (pools: ReturnType<typeof opened>) => pools.map(({ pool, grant }) => [pool.bucket, grant.ms / minute])

describe('pools to open', () => {
  const pinned = offerOf(['member', 'organization'], 10, 1_000)

  test.each<[what: string, inForce: Offer | undefined, there: readonly Bucket[], expected: readonly unknown[]]>([
    [
      'first use under the call’s own version',
      pinned,
      [],
      [
        ['member', 10],
        ['organization', 1_000],
      ],
    ],
    ['what is there is not made again', pinned, ['organization'], [['member', 10]]],
    [
      'a plan that has ended: the call’s own terms',
      undefined,
      [],
      [
        ['member', 10],
        ['organization', 1_000],
      ],
    ],
    [
      'another version by now: its grants, for the month is everybody’s; the call’s draws',
      offerOf(['organization'], 0, 2_000),
      [],
      [
        ['member', 10],
        ['organization', 2_000],
      ],
    ],
  ])('%s', (...[, inForce, pools, expected]) => {
    expect(minutes(opened(pinned, { pools, ...(inForce && { inForce }) }))).toEqual(expected)
  })

  test('a grant of zero, and a bucket that is not drawn, are no pools', () => {
    expect(minutes(opened(offerOf(['member', 'organization'], 0, 5), {}))).toEqual([['organization', 5]])
    expect(minutes(opened(offerOf(['organization'], 10, 5), {}))).toEqual([['organization', 5]])
  })

  test('they belong to the month of their instant, and are the same ones whoever makes them', () => {
    const [november] = opened(pinned, {})
    const [december] = opened(pinned, { at: later(at, 1) })
    expect(november!.pool.period.until).toBe(december!.pool.period.from)
    expect(november!.pool.id).not.toBe(december!.pool.id)
    expect(opened(pinned, { at: later(at, -minute) })[0]!.grant.operationId).toBe(november!.grant.operationId)
  })
})

test.each([
  [null, 1_000_000, true],
  [0, 0, false],
  [2, 1, true],
  [2, 2, false],
  [2, 3, false],
] as const)('of %j seats %i are taken: free is %s', (seats, taken, expected) => {
  expect(hasFreeSeat(seats, taken)).toBe(expected)
})

test.each([
  ['not said', null, at],
  ['now', at, at],
  ['later', later(at, 1), later(at, 1)],
  ['a minute late', later(at, -minute), at],
  ['in the past', later(at, -minute - 1), undefined],
] as const)('what begins %s', (...[, asked, expected]) => {
  expect(beginningOf(asked, at)).toBe(expected)
})
