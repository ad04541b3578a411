import { MOST_MISSED, MOST_SUBSCRIPTIONS, type PushSubscription, type ReachStore } from '#directory'
import type { Instant, MemberId } from '#kernel'
import { sql } from 'kysely'
import { inTransaction, type Db } from './connection.ts'
import { maybeTimestamp, timestamp } from './values.ts'

export function openReachStore(db: Db): ReachStore {
  return {
    doNotDisturb: async (memberId) => (await selectReach(db, memberId))?.do_not_disturb ?? null,
    async changeDoNotDisturb({ organizationId, memberId }, wish) {
      const value = { do_not_disturb: wish === null ? null : JSON.stringify({ until: wish.until }) }
      await db
        .insertInto('reach')
        .values({ organization_id: organizationId, member_id: memberId, ...value })
        .onConflict((conflict) => conflict.column('member_id').doUpdateSet(value))
        .execute()
    },
    async missed(memberId) {
      const seenUntil = (await selectReach(db, memberId))?.missed_seen_until ?? null
      return { count: await countMissed(db, memberId, seenUntil), seenUntil }
    },
    async seen({ organizationId, memberId }, until) {
      await db
        .insertInto('reach')
        .values({ organization_id: organizationId, member_id: memberId, missed_seen_until: timestamp(until) })
        .onConflict((conflict) =>
          conflict.column('member_id').doUpdateSet({
            missed_seen_until: sql`greatest(reach.missed_seen_until, excluded.missed_seen_until)`,
          }),
        )
        .execute()
    },
    subscribe: (subscription, session) => insertSubscription(db, subscription, session),
    subscriptions: (memberId) =>
      db
        .selectFrom('push_subscription')
        .select(['endpoint', 'p256dh', 'auth'])
        .where('member_id', '=', memberId)
        .orderBy('created_at', 'desc')
        .orderBy('endpoint')
        .execute(),
    async unsubscribe(endpoint, memberId) {
      await db
        .deleteFrom('push_subscription')
        .where('endpoint', '=', endpoint)
        .$if(memberId !== null, (query) => query.where('member_id', '=', memberId!))
        .execute()
    },
  }
}

const selectReach = (db: Db, memberId: MemberId) =>
  db
    .selectFrom('reach')
    .select(['do_not_disturb', 'missed_seen_until'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()

/**
 * Read as a member’s records are (`recordsOf`), newest first, so that nothing is read behind the marker, nor once there are
 * as many as are counted.
 */
async function countMissed(db: Db, memberId: MemberId, seenUntil: Instant | null): Promise<number> {
  const { rows } = await sql<{ readonly count: number }>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM record_party AS mine,
        LATERAL (SELECT * FROM record WHERE record.id = mine.record_id AND record.placed_at = mine.placed_at OFFSET 0) AS record
       WHERE mine.member_id = ${memberId} AND mine.role = 'participant'
         AND mine.placed_at > coalesce(${maybeTimestamp(seenUntil)}::timestamptz, '-infinity')
         AND record.kind = 'network' AND record.answered_at IS NULL AND record.end_reason NOT IN ('rejected', 'abandoned')
         AND NOT EXISTS (SELECT FROM record AS correction
              WHERE correction.supersedes = record.id AND correction.placed_at = record.placed_at)
       ORDER BY mine.placed_at DESC LIMIT ${MOST_MISSED}) AS missed`.execute(db)
  return rows[0]!.count
}

/** The session’s row is locked: it ends before, and this finds none, or after, and takes this along. */
const insertSubscription = (
  db: Db,
  { endpoint, p256dh, auth }: PushSubscription,
  { sessionHash, at }: Parameters<ReachStore['subscribe']>[1],
): Promise<void> =>
  inTransaction(db, async (transaction) => {
    const told = { p256dh, auth, created_at: timestamp(at) }
    const [row] = await transaction
      .insertInto('push_subscription')
      .columns(['endpoint', 'p256dh', 'auth', 'created_at', 'session_hash', 'organization_id', 'member_id'])
      .expression((from) =>
        from
          .selectFrom('session')
          .select([
            sql.val(endpoint).as('endpoint'),
            sql.val(p256dh).as('p256dh'),
            sql.val(auth).as('auth'),
            sql<Date>`${told.created_at}::timestamptz`.as('created_at'),
            'session.token_hash',
            'session.organization_id',
            'session.member_id',
          ])
          .where('session.token_hash', '=', sessionHash)
          .forKeyShare(),
      )
      .onConflict((conflict) =>
        conflict.column('endpoint').doUpdateSet((row) => ({
          ...told,
          session_hash: row.ref('excluded.session_hash'),
          organization_id: row.ref('excluded.organization_id'),
          member_id: row.ref('excluded.member_id'),
        })),
      )
      .returning('member_id')
      .execute()
    if (row === undefined) return
    await sql`DELETE FROM push_subscription WHERE endpoint IN (
      SELECT endpoint FROM push_subscription WHERE member_id = ${row.member_id}
       ORDER BY created_at DESC, endpoint = ${endpoint} DESC OFFSET ${MOST_SUBSCRIPTIONS})`.execute(transaction)
  })
