import { readFileSync } from 'node:fs'
import { instant, type MemberId } from '#kernel'
import { usageIdOf } from '#entitlements'
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(table).execute(db)
  await countWhatWasUsed(db)
  await sql.raw('DROP FUNCTION ledger_apply').execute(db)
  await sql.raw(readFileSync(new URL('./0009-ledger-apply.sql', import.meta.url), 'utf8')).execute(db)
  await sql.raw('GRANT SELECT ON member_usage TO tandem_app').execute(db)
}

const table = `
  -- What a member has used and holds in a month, from whichever pool: what his monthly limit is compared with.
  -- Written by ledger_apply alone.
  CREATE TABLE member_usage (
    id uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    period_from timestamptz NOT NULL,
    used_ms bigint NOT NULL DEFAULT 0 CHECK (used_ms >= 0),
    held_ms bigint NOT NULL DEFAULT 0 CHECK (held_ms >= 0)
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

  -- Where a hold is counted; NULL = nowhere.
  ALTER TABLE hold ADD COLUMN usage_id uuid;
`

type Used = { readonly member_id: string; readonly period_from: Date; readonly used: string; readonly held: string }

/** From the ledger, whose legs lead to calls and whose pools to months. */
async function countWhatWasUsed(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<Used>`
    SELECT call.member_id, pool.period_from, sum(used_delta_ms)::text AS used, sum(held_delta_ms)::text AS held
      FROM ledger JOIN pool ON pool.id = ledger.pool_id JOIN call ON call.meter_leg_id = ledger.leg_id
     GROUP BY call.member_id, pool.period_from`.execute(db)
  for (const { member_id: memberId, period_from: from, used, held } of rows) {
    const periodFrom = instant(new Date(from).getTime())
    const id = usageIdOf({ memberId: memberId as MemberId, periodFrom })
    await sql`INSERT INTO member_usage VALUES (${id}, ${memberId}, ${new Date(periodFrom)}, ${used}::bigint, ${held}::bigint)`.execute(
      db,
    )
  }
  await sql`
    UPDATE hold SET usage_id = member_usage.id
      FROM pool, call, member_usage
     WHERE pool.id = hold.pool_id AND call.meter_leg_id = hold.leg_id
       AND member_usage.member_id = call.member_id AND member_usage.period_from = pool.period_from`.execute(db)
}
