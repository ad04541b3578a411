import { createHash } from 'node:crypto'
import type { IdempotencyClaim, IdempotencyKey, IdempotencyStore } from '#http'
import { assert } from '#kernel'
import { sql } from 'kysely'
import type { Db } from './connection.ts'
import { asTimestamp, timestamp } from './values.ts'

/**
 * This statement's commit does not wait for the disk. Whatever is done under a claim waits for it later, and that
 * writes the claim before it; an answer that a crash takes away is worked out again under the same call id.
 */
const withoutWaiting = sql<string>`set_config('synchronous_commit', 'off', true)`

/** As a row has it: 16 bytes of SHA-256, and nobody finds two texts that share them. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

export const keyToRow = ({ caller, key, bodyHash }: Pick<IdempotencyKey, 'caller' | 'key' | 'bodyHash'>) => ({
  ...keyHash({ caller, key }),
  body_hash: hashOf(bodyHash),
})

const keyHash = ({ caller, key }: Pick<IdempotencyKey, 'caller' | 'key'>) => ({ key: hashOf(`${caller}\n${key}`) })

const keptMs = 24 * 60 * 60 * 1000

export function openIdempotencyStore(db: Db): IdempotencyStore {
  return {
    claim: (key) => claim(db, key),
    look: (key) => look(db, key),
    async keep(key, { status, body }) {
      const answer = { status, body: JSON.stringify(body) }
      await db
        .insertInto('idempotency')
        .values({ ...keyToRow(key), claimed_at: timestamp(key.at), call_id: key.callId, ...answer })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet(({ ref }) => ({
              body_hash: ref('excluded.body_hash'),
              claimed_at: ref('excluded.claimed_at'),
              call_id: ref('excluded.call_id'),
              status: ref('excluded.status'),
              body: ref('excluded.body'),
            }))
            .where(({ or, and, eb, ref }) =>
              or([
                eb('idempotency.claimed_at', '<=', asTimestamp(key.at - keptMs)),
                and([eb('idempotency.call_id', '=', ref('excluded.call_id')), eb('idempotency.status', 'is', null)]),
              ]),
            ),
        )
        .returning(withoutWaiting.as('lax'))
        .execute()
    },
    async forget(at) {
      await db
        .deleteFrom('idempotency')
        .where('claimed_at', '<=', asTimestamp(at - keptMs))
        .execute()
    },
    async complete(key, { status, body }) {
      await db
        .updateTable('idempotency')
        .set({ status, body: JSON.stringify(body) })
        .where('key', '=', keyHash(key).key)
        .where('status', 'is', null)
        .returning(withoutWaiting.as('lax'))
        .execute()
    },
  }
}

/** Of any number that come at once, the unique index lets one be the first. What is too old is as good as not there. */
async function claim(db: Db, key: IdempotencyKey): Promise<IdempotencyClaim> {
  const expired = asTimestamp(key.at - keptMs)
  const first = await db
    .insertInto('idempotency')
    .values({ ...keyToRow(key), claimed_at: timestamp(key.at), call_id: key.callId })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet(({ ref }) => ({
          body_hash: ref('excluded.body_hash'),
          claimed_at: ref('excluded.claimed_at'),
          call_id: ref('excluded.call_id'),
          status: ref('excluded.status'),
          body: ref('excluded.body'),
        }))
        .where('idempotency.claimed_at', '<=', expired),
    )
    .returning(withoutWaiting.as('lax'))
    .executeTakeFirst()
  if (first !== undefined) return { kind: 'first' }

  const found = await look(db, key)
  assert(found.kind !== 'first', 'an idempotency key vanished while it was claimed')
  return found
}

async function look(db: Db, asked: IdempotencyKey): Promise<IdempotencyClaim> {
  const { key, body_hash: bodyHash } = keyToRow(asked)
  const row = await db
    .selectFrom('idempotency')
    .select(['status', 'body', 'call_id', sql<boolean>`body_hash = ${bodyHash}`.as('is_same')])
    .where('key', '=', key)
    .where('claimed_at', '>', asTimestamp(asked.at - keptMs))
    .executeTakeFirst()
  if (row === undefined) return { kind: 'first' }
  if (!row.is_same) return { kind: 'other-body' }
  if (row.status === null) return { kind: 'in-progress', callId: row.call_id }
  return { kind: 'answered', status: row.status, body: row.body }
}
