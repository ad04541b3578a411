import {
  durationMs,
  type Id,
  type Instant,
  instant,
  type LegId,
  computedId,
  newId,
  type OperationId,
  type PoolId,
} from '#kernel'
import type { Reserve, Settle, Together, UsageCap } from '#entitlements'
import pg from 'pg'

/** Pools that belong to nobody in particular, for tests and benches of the ledger alone. */
export async function createPools(ownerUrl: string, count: number, grantMs: number): Promise<readonly PoolId[]> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const ids = Array.from({ length: count }, () => newId<'pool'>())
    const organization = newId<'organization'>()
    await client.query(
      `INSERT INTO pool (id, organization_id, bucket, member_id, period_from, period_until)
       SELECT id, $2, 'member', id, '2026-11-01Z', '2026-12-01Z' FROM unnest($1::uuid[]) AS id`,
      [ids, organization],
    )
    await client.query(
      `SELECT ledger_grant(gen_random_uuid(), $2, id, $3, 'system', 'test', '2026-11-01Z') FROM unnest($1::uuid[]) AS id`,
      [ids, organization, grantMs],
    )
    return ids
  } finally {
    await client.end()
  }
}

export const noon: Instant = instant(Date.UTC(2026, 10, 23, 12))

/** A reserve as a leg's meter sends it: the slice is part of its name. */
export function reserveOf(
  legId: LegId,
  slice: number,
  rest: Pick<Reserve, 'poolIds'> & { wantMs: number; firstMs?: number; nextMs?: number; cap?: UsageCap },
): Reserve {
  const incrementMs = durationMs(rest.nextMs ?? 60_000)
  return {
    operationId: computedId<'operation'>(legId, `reserve:${slice}`),
    legId,
    poolIds: rest.poolIds,
    wantMs: durationMs(rest.wantMs),
    firstIncrementMs: durationMs(rest.firstMs ?? incrementMs),
    incrementMs,
    cap: rest.cap ?? null,
    at: noon,
  }
}

export function settleOf(
  legId: LegId,
  ratedMs: number,
  operationId: OperationId = computedId<'operation'>(legId, 'settle'),
): Settle {
  return { operationId, legId, ratedMs: durationMs(ratedMs), at: noon }
}

/** Many conversations of a few legs, which begin together. Who has the same namespace has the same operations. */
export type Conversations = {
  readonly namespace: Id<'writer'>
  readonly poolIds: readonly PoolId[]
  readonly conversations: number
}

export const LEGS_OF_CONVERSATION = 3

/** The first slices of its legs, each from a pool of its own first. */
export function conversationOf(
  { namespace, poolIds }: Conversations,
  number: number,
): { readonly firsts: readonly Reserve[]; readonly how: Together } {
  const firsts = Array.from({ length: LEGS_OF_CONVERSATION }, (_, index) => {
    const leg = number * LEGS_OF_CONVERSATION + index
    const drawn = [poolIds[leg % poolIds.length]!, poolIds[(leg + 1) % poolIds.length]!]
    return reserveOf(computedId<'leg'>(namespace, `leg:${leg}`), 0, { poolIds: drawn, wantMs: 60_000, nextMs: 6_000 })
  })
  return { firsts, how: number % 2 === 0 ? 'all' : 'as-many' }
}

export const newLeg = (): LegId => newId<'leg'>()
