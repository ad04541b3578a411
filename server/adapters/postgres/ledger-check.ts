import type pg from 'pg'

/** What must be zero, always; counted over the whole ledger. */
export type LedgerFaults = {
  /** Pools past their grant. */
  readonly overspentPools: number
  /** Pools whose balance is not the sum of their entries. */
  readonly unbalancedPools: number
  /** Pools whose entries are not numbered 1, 2, 3 … up to their `seq`. */
  readonly gaps: number
  /** Pools whose held time is not the sum of their open holds. */
  readonly wrongHolds: number
  /** Members' months whose held time is not the sum of the open holds that are counted in them. */
  readonly wrongUsage: number
  /** Operations that moved a pool twice. */
  readonly doubled: number
  /** Settled legs that hold something still. */
  readonly revived: number
}

export const noFaults: LedgerFaults = {
  overspentPools: 0,
  unbalancedPools: 0,
  gaps: 0,
  wrongHolds: 0,
  wrongUsage: 0,
  doubled: 0,
  revived: 0,
}

/** Reads every entry: for tests, the bench and an operator who wants to be sure. */
export async function ledgerFaults(client: Pick<pg.Client, 'query'>): Promise<LedgerFaults> {
  const { rows } = await client.query<Record<keyof LedgerFaults, string>>(`
    WITH entries AS (
      SELECT pool_id, count(*) AS count, min(seq) AS first, max(seq) AS last,
             sum(granted_delta_ms) AS granted, sum(held_delta_ms) AS held, sum(used_delta_ms) AS used
        FROM ledger GROUP BY pool_id),
    holds AS (SELECT pool_id, sum(held_ms) AS held FROM hold GROUP BY pool_id)
    SELECT count(*) FILTER (WHERE used_ms + held_ms > granted_ms) AS "overspentPools",
           count(*) FILTER (WHERE granted_ms <> coalesce(granted, 0) OR held_ms <> coalesce(entries.held, 0) OR used_ms <> coalesce(used, 0)) AS "unbalancedPools",
           count(*) FILTER (WHERE seq <> coalesce(count, 0) OR seq <> coalesce(last, 0) OR coalesce(first, 1) <> 1) AS gaps,
           count(*) FILTER (WHERE held_ms <> coalesce(holds.held, 0)) AS "wrongHolds",
           (SELECT count(*) FROM member_usage AS month
             WHERE month.held_ms <> (SELECT coalesce(sum(hold.held_ms), 0) FROM hold WHERE usage_id = month.id)) AS "wrongUsage",
           (SELECT count(*) FROM (SELECT FROM ledger GROUP BY operation_id, pool_id HAVING count(*) > 1) AS twice) AS doubled,
           (SELECT count(*) FROM hold JOIN settlement USING (leg_id)) AS revived
      FROM pool LEFT JOIN entries ON entries.pool_id = pool.id LEFT JOIN holds ON holds.pool_id = pool.id`)
  const [row] = rows
  return Object.fromEntries(Object.entries(row!).map(([name, count]) => [name, Number(count)])) as LedgerFaults
}
