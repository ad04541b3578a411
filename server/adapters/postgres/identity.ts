import type { IdentityStore, OperatorKey, Session } from '#identity'
import type { Instant, MemberId } from '#kernel'
import { sql, type Selectable } from 'kysely'
import type { Db } from './connection.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, maybeTimestamp, timestamp } from './values.ts'

export function openIdentityStore(db: Db): IdentityStore {
  return {
    credentials: (login) => selectCredentials(db, login),
    async setPassword(memberId, passwordHash) {
      await db.updateTable('member').set({ password_hash: passwordHash }).where('id', '=', memberId).execute()
    },
    async changePassword(memberId, { from, to }) {
      const { numUpdatedRows } = await db
        .updateTable('member')
        .set({ password_hash: to })
        .where('id', '=', memberId)
        .where('password_hash', '=', from)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
    createSession: (session, passwordHash) => insertSession(db, session, passwordHash),
    session: (tokenHash, at) => selectSession(db, tokenHash, at),
    async deleteSession(tokenHash) {
      await db.deleteFrom('session').where('token_hash', '=', tokenHash).execute()
    },
    sessionsOf: (memberId) => selectSessionsOf(db, memberId),
    async deleteSessionsOf(memberId, except) {
      const rows = await db
        .deleteFrom('session')
        .where('member_id', '=', memberId)
        .where('token_hash', '!=', except ?? '')
        .returning('token_hash')
        .execute()
      return rows.map((row) => row.token_hash)
    },
    livingSessions: (at) => selectLivingSessions(db, at),
    async deleteExpiredSessions(at) {
      const rows = await db
        .deleteFrom('session')
        .where('expires_at', '<=', asTimestamp(at))
        .returning('token_hash')
        .execute()
      return rows.map((row) => row.token_hash)
    },
    ...operatorKeyStore(db),
  }
}

const operatorKeyStore = (db: Db): Pick<IdentityStore, 'operatorKeys' | 'createOperatorKey' | 'revokeOperatorKey'> => ({
  async operatorKeys() {
    const rows = await db.selectFrom('operator_key').selectAll().orderBy('created_at').orderBy('id').execute()
    return rows.map(operatorKeyFromRow)
  },
  async createOperatorKey({ id, prefix, secretHash, name, createdAt, revokedAt }) {
    await db
      .insertInto('operator_key')
      .values({
        id,
        prefix,
        secret_hash: secretHash,
        name,
        created_at: timestamp(createdAt),
        revoked_at: maybeTimestamp(revokedAt),
      })
      .execute()
  },
  async revokeOperatorKey(id, at) {
    const { numUpdatedRows } = await db
      .updateTable('operator_key')
      .set({ revoked_at: timestamp(at) })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  },
})

async function selectCredentials(db: Db, login: string): ReturnType<IdentityStore['credentials']> {
  const row = await db
    .selectFrom('member')
    .select(['id', 'organization_id', 'role', 'standing', 'password_hash'])
    .where('login', '=', login.toLowerCase())
    .executeTakeFirst()
  return (
    row && {
      memberId: row.id,
      organizationId: row.organization_id,
      role: row.role,
      standing: row.standing,
      passwordHash: row.password_hash,
    }
  )
}

/** The member's row is locked: a password is changed before, and this finds another one, or after, and ends this session. */
async function insertSession(db: Db, session: Session, passwordHash: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('session')
    .columns(['token_hash', 'member_id', 'organization_id', 'created_at', 'expires_at'])
    .expression((from) =>
      from
        .selectFrom('member')
        .select([
          sql.val(session.tokenHash).as('token_hash'),
          'member.id',
          'member.organization_id',
          sql.val(timestamp(session.createdAt)).as('created_at'),
          sql.val(timestamp(session.expiresAt)).as('expires_at'),
        ])
        .where('member.id', '=', session.memberId)
        .where('member.password_hash', '=', passwordHash)
        .forShare(),
    )
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

async function selectSessionsOf(db: Db, memberId: MemberId): Promise<readonly string[]> {
  const rows = await db.selectFrom('session').select('token_hash').where('member_id', '=', memberId).execute()
  return rows.map((row) => row.token_hash)
}

async function selectLivingSessions(db: Db, at: Instant): Promise<readonly string[]> {
  const rows = await db.selectFrom('session').select('token_hash').where('expires_at', '>', asTimestamp(at)).execute()
  return rows.map((row) => row.token_hash)
}

async function selectSession(db: Db, tokenHash: string, at: Instant): ReturnType<IdentityStore['session']> {
  const row = await db
    .selectFrom('session')
    .innerJoin('member', 'member.id', 'session.member_id')
    .innerJoin('organization', 'organization.id', 'session.organization_id')
    .selectAll('session')
    .select(['member.role', 'member.standing', 'organization.country'])
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', asTimestamp(at))
    .executeTakeFirst()
  return (
    row && {
      tokenHash: row.token_hash,
      memberId: row.member_id,
      organizationId: row.organization_id,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      role: row.role,
      standing: row.standing,
      country: row.country,
    }
  )
}

const operatorKeyFromRow = (row: Selectable<Tables['operator_key']>): OperatorKey => ({
  id: row.id,
  prefix: row.prefix,
  secretHash: row.secret_hash,
  name: row.name,
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
})
