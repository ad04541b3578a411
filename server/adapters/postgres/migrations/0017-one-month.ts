import { instant, monthEnding, type MemberId } from '#kernel'
import { usageIdOf } from '#entitlements'
import { type Kysely, sql } from 'kysely'

type Row = { readonly id: string; readonly member_id: MemberId; readonly period_from: Date }

/**
 * A member's month was told by its beginning in the zone that his organization had at the time, so that a move to
 * another zone began a second one. It is told by its beginning in UTC now; what was counted twice over is added up.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<Row>`SELECT id, member_id, period_from FROM member_usage`.execute(db)
  for (const row of rows) {
    const periodFrom = monthEnding(instant(new Date(row.period_from).getTime() + MONTH_MS))
    const id = usageIdOf({ memberId: row.member_id, periodFrom })
    if (id === row.id) continue
    await sql`
      INSERT INTO member_usage AS month SELECT ${id}, member_id, ${new Date(periodFrom)}, used_ms, held_ms
        FROM member_usage WHERE id = ${row.id}
      ON CONFLICT (id) DO UPDATE SET used_ms = month.used_ms + excluded.used_ms, held_ms = month.held_ms + excluded.held_ms`.execute(
      db,
    )
    await sql`UPDATE hold SET usage_id = ${id} WHERE usage_id = ${row.id}`.execute(db)
    await sql`DELETE FROM member_usage WHERE id = ${row.id}`.execute(db)
  }
}

/** `monthEnding` bears days more or less. */
const MONTH_MS = 30 * 86_400_000
