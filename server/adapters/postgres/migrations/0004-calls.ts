import { type Kysely, sql } from 'kysely'
import { grantAll, grantReadAndInsert, makeAppendOnly } from './protection.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db)
  await grantAll(db, ['call', 'leg', 'idempotency'])
  await grantReadAndInsert(db, ['decision', 'record', 'event'])
  await makeAppendOnly(db, ['decision', 'record'])
  await sql.raw(eventAppend).execute(db)
}

const tables = `
  CREATE TABLE decision (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    call_id uuid NOT NULL,
    at timestamptz NOT NULL,
    attempt jsonb NOT NULL,
    world jsonb NOT NULL,
    admission jsonb NOT NULL
  );
  CREATE INDEX decision_newest ON decision (organization_id, at);
  CREATE INDEX decision_call ON decision (call_id);

  CREATE TABLE call (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    member_id uuid NOT NULL REFERENCES member,
    placed_at timestamptz NOT NULL,
    dialled_text text NOT NULL,
    terms jsonb NOT NULL,
    metering jsonb NOT NULL,
    state text NOT NULL,
    answered_at timestamptz,
    is_on_hold boolean NOT NULL,
    ended_at timestamptz,
    end_reason text,
    -- What is paid so far; all NULL before the first reservation.
    meter_leg_id uuid,
    held_ms bigint,
    slice int,
    is_last boolean,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((state = 'ended') = (end_reason IS NOT NULL))
  );
  CREATE INDEX call_newest ON call (organization_id, placed_at);
  -- Leads from an entry of the ledger to its call.
  CREATE INDEX call_meter_leg ON call (meter_leg_id);
  CREATE INDEX call_live ON call (organization_id, member_id) WHERE state <> 'ended';

  CREATE TABLE leg (
    id uuid PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES call,
    kind text NOT NULL,
    channel_id text NOT NULL,
    trunk_id uuid,
    number text,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    sip_status int,
    q850_cause int,
    -- The life of the engine that the channel belongs to.
    boot_id text NOT NULL
  );
  CREATE INDEX leg_call ON leg (call_id);

  CREATE TABLE record (
    id uuid PRIMARY KEY,
    supersedes uuid UNIQUE REFERENCES record,
    call_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    mode text NOT NULL,
    path text NOT NULL,
    caller_id text,
    dialled text NOT NULL,
    placed_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz NOT NULL,
    end_reason text NOT NULL,
    plan_version_id uuid NOT NULL,
    rated_ms bigint NOT NULL,
    overrun_ms bigint NOT NULL,
    legs jsonb NOT NULL,
    draws jsonb NOT NULL
  );
  -- One per call; a correction supersedes one.
  CREATE UNIQUE INDEX record_call ON record (call_id) WHERE supersedes IS NULL;
  CREATE INDEX record_corrections ON record (call_id);
  CREATE INDEX record_newest ON record (organization_id, placed_at);
  CREATE INDEX record_member ON record (member_id, placed_at);

  CREATE TABLE idempotency (
    caller text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    claimed_at timestamptz NOT NULL,
    call_id uuid NOT NULL,
    status int,
    body jsonb,
    PRIMARY KEY (caller, key)
  );

  CREATE TABLE event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    member_id uuid,
    type text NOT NULL,
    payload jsonb NOT NULL,
    at timestamptz NOT NULL
  );
  CREATE INDEX event_scope ON event (organization_id, seq);
`

/** Numbers are given out under a lock held until the commit: who reads up to n will never meet a smaller one later. */
const eventAppend = `
  CREATE FUNCTION event_append(events jsonb) RETURNS TABLE (seq bigint) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  #variable_conflict use_column
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('event', 0));
    RETURN QUERY INSERT INTO event (organization_id, member_id, type, payload, at)
      SELECT (entry->>'organizationId')::uuid, (entry->>'memberId')::uuid, entry->>'type', entry->'payload', (entry->>'at')::timestamptz
        FROM jsonb_array_elements(events) WITH ORDINALITY AS given (entry, place) ORDER BY place
      RETURNING event.seq;
  END $$;
  REVOKE EXECUTE ON FUNCTION event_append FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION event_append TO tandem_app;
`
