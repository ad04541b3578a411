import { drawsByUse } from '#entitlements'
import { expect } from 'vitest'
import { durationMs, instant, newId, parseZone, type Instant } from '#kernel'
import { anAttempt, minute, subscribe, terms, type Subscriber } from '../adapters/postgres/testing-nouns.ts'
import type { TestStores } from '../adapters/postgres/testing-stores.ts'

type Stores = TestStores['stores']

type Moment = {
  readonly at: string
  /** To where the organization moves first. */
  readonly zone?: 'Asia/Shanghai' | 'America/Los_Angeles'
  /** What its plan draws from now on. */
  readonly draws?: readonly ('member' | 'organization')[]
  /** What counts against the limit then. */
  readonly used: number
  /** Talked after that. */
  readonly talks?: number
}

const east = 'Asia/Shanghai'
const west = 'America/Los_Angeles'

/** A member whose organization moves to another zone, or whose plan changes, and what counts against his limit then. */
export const memberMonths: readonly {
  readonly what: string
  readonly from: string
  readonly moments: readonly Moment[]
}[] = [
  {
    what: 'a move westwards in mid-month: November is one month until its last hour there, though the pools end before',
    from: east,
    moments: [
      { at: '2026-11-10T12:00Z', used: 0, talks: 3 },
      { at: '2026-11-15T12:00Z', zone: west, used: 3, talks: 1 },
      { at: '2026-11-30T16:00Z', used: 4, talks: 1 },
      { at: '2026-12-01T07:59Z', used: 5 },
      { at: '2026-12-01T08:00Z', used: 0, talks: 2 },
      { at: '2026-12-20T12:00Z', used: 2 },
    ],
  },
  {
    what: 'a move eastwards in mid-month: November lasts as long as its pools',
    from: west,
    moments: [
      { at: '2026-11-10T12:00Z', used: 0, talks: 3 },
      { at: '2026-11-15T12:00Z', zone: east, used: 3 },
      { at: '2026-11-30T16:00Z', used: 3, talks: 1 },
      { at: '2026-12-01T07:59Z', used: 4 },
      { at: '2026-12-01T08:00Z', used: 0 },
    ],
  },
  {
    what: 'a move back and forth',
    from: east,
    moments: [
      { at: '2026-11-10T12:00Z', used: 0, talks: 3 },
      { at: '2026-11-11T12:00Z', zone: west, used: 3, talks: 1 },
      { at: '2026-11-12T12:00Z', zone: east, used: 4 },
      { at: '2026-11-30T16:00Z', used: 0 },
    ],
  },
  {
    what: 'a move westwards when December has begun: what was talked in it is of December, in November too',
    from: east,
    moments: [
      { at: '2026-11-30T15:59Z', used: 0, talks: 4 },
      { at: '2026-11-30T16:00Z', used: 0, talks: 3 },
      { at: '2026-11-30T17:00Z', zone: west, used: 3 },
      { at: '2026-12-01T08:00Z', used: 3, talks: 1 },
      { at: '2026-12-31T15:59Z', used: 4 },
      { at: '2026-12-31T16:00Z', used: 4 },
      { at: '2027-01-01T08:00Z', used: 0 },
    ],
  },
  {
    what: 'a move westwards when nobody has called in December yet: it is November again',
    from: east,
    moments: [
      { at: '2026-11-30T15:59Z', used: 0, talks: 4 },
      { at: '2026-11-30T17:00Z', zone: west, used: 4 },
      { at: '2026-12-01T08:00Z', used: 0 },
    ],
  },
  {
    what: 'a move eastwards that makes it December: it begins when the pools of November end',
    from: west,
    moments: [
      { at: '2026-11-30T15:00Z', used: 0, talks: 3 },
      { at: '2026-11-30T17:00Z', zone: east, used: 3, talks: 1 },
      { at: '2026-12-01T07:59Z', used: 4 },
      { at: '2026-12-01T08:00Z', used: 0 },
    ],
  },
  {
    what: 'pools of two months at once, the member’s of December and the organization’s of November: it is November',
    from: west,
    moments: [
      { at: '2026-11-30T15:00Z', draws: ['organization'], used: 0, talks: 2 },
      { at: '2026-11-30T17:00Z', zone: east, draws: ['member', 'organization'], used: 2, talks: 2 },
      { at: '2026-12-01T07:59Z', used: 4 },
      { at: '2026-12-01T08:00Z', used: 0 },
    ],
  },
  {
    what: 'another plan in mid-month begins nothing anew',
    from: east,
    moments: [
      { at: '2026-11-10T12:00Z', used: 0, talks: 3 },
      { at: '2026-11-15T12:00Z', draws: ['organization'], used: 3, talks: 1 },
      { at: '2026-11-20T12:00Z', draws: ['member'], zone: west, used: 4 },
    ],
  },
]

/** His monthly limit, minutes. */
const LIMIT = 5
const grant = durationMs(100 * minute)
export const plenty = { monthlyGrant: { memberMs: grant, organizationMs: grant } }

export type Asked = {
  /** What each says that he could still talk. Whoever makes pools comes last. */
  readonly left: (of: Subscriber, at: Instant) => Promise<readonly number[]>
  /** Takes all that there is to have, and settles what was spoken: what it took. */
  readonly talk: (of: Subscriber, at: Instant, minutes: number) => Promise<number>
}

/** Everybody says the same at each moment, and it is what a call gets. */
export async function liveThrough(stores: Stores, { from, moments }: (typeof memberMonths)[number], asked: Asked) {
  const limits = { mayCall: null, monthlyMs: durationMs(LIMIT * minute) }
  const of = await subscribe(stores, { organization: { zone: parseZone(from)! }, member: { limits }, terms: plenty })
  for (const moment of moments) {
    const at = instant(Date.parse(moment.at))
    if (moment.zone !== undefined)
      await stores.directory.changeOrganization({ ...of.organization, zone: parseZone(moment.zone)! })
    if (moment.draws !== undefined) await drawFrom(stores, of, { draws: moment.draws, at })
    const told = (await asked.left(of, at)).map((leftMs) => LIMIT * minute - leftMs)
    const world = await stores.admission.loadWorld(anAttempt(of, { at }), {})
    const used = [...told, world?.usedThisMonthMs, LIMIT * minute - (await asked.talk(of, at, 0))]
    expect([moment.at, ...used]).toEqual([moment.at, ...used.map(() => moment.used * minute)])
    if (moment.talks !== undefined) await asked.talk(of, at, moment.talks)
  }
}

type Bucket = 'member' | 'organization'

/** The plan draws those from then on. */
export async function drawFrom(
  stores: Stores,
  { organization }: Subscriber,
  { draws, at }: { readonly draws: readonly Bucket[]; readonly at: Instant },
): Promise<void> {
  const [subscription] = await stores.entitlements.subscriptions(organization.id)
  const version = { id: newId<'plan-version'>(), planId: subscription!.planId, effectiveFrom: at }
  await stores.entitlements.createPlanVersion({ ...version, terms: terms({ ...plenty, draws: drawsByUse(draws) }) })
}

export const ownerOf = ({ organization, member }: Subscriber) => ({
  organizationId: organization.id,
  memberId: member.id,
})
