import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert, makeAppendOnly } from './protection.ts'

/**
 * What decisions read becomes facts, each distinct value one row; a decision keeps the ids, the figures of its moment and the
 * answer (decision 0019), in a table of its own for each month.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(facts).execute(db)
  await sql.raw(decisions).execute(db)
  await sql.raw(partitions).execute(db)
  await sql.raw(readFileSync(new URL('./0025-facts-of-before.sql', import.meta.url), 'utf8')).execute(db)
  // After the rows: an index that is built is smaller, and sooner there, than one that grew.
  await sql.raw(indexes).execute(db)
  await grantReadAndInsert(db, ['fact', 'decision'])
  await makeAppendOnly(db, ['fact', 'decision'])
  await sql.raw(rights).execute(db)
}

const facts = `
  -- The text of a jsonb is canonical: keys in one order, no spaces. And the database's encoding is UTF-8, always.
  CREATE FUNCTION fact_hash(body jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(body::text, 'UTF8'));
  CREATE TABLE fact (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    body jsonb NOT NULL,
    hash bytea NOT NULL GENERATED ALWAYS AS (fact_hash(body)) STORED,
    CONSTRAINT fact_once UNIQUE (hash, kind)
  );
`

// Columns of eight bytes first, then of four, then those of any length: no row has gaps. Facts are never removed, so no
// foreign key asks for them.
const decisions = `
  ALTER TABLE decision RENAME TO decision_of_before;
  ALTER TABLE decision_of_before RENAME CONSTRAINT decision_pkey TO decision_of_before_pkey;
  DROP INDEX decision_newest, decision_call, decision_member, decision_refused, decision_code, decision_dialled, decision_typed;
  CREATE TABLE decision (
    at timestamptz NOT NULL,
    used_ms bigint NOT NULL,
    -- What was free in the pools, in the order of the caller's fact: there are seldom more than two.
    free_1_ms bigint,
    free_2_ms bigint,
    organization_fact int NOT NULL,
    caller_fact int NOT NULL,
    callee_fact int NOT NULL,
    regime_fact int NOT NULL,
    -- Where it led, without the number; and what the trunks answered.
    destination_fact int NOT NULL,
    reachability_fact int NOT NULL,
    -- NULL: refused.
    terms_fact int,
    live_member int NOT NULL,
    live_organization int NOT NULL,
    -- Tries in vain: NULL none, -1 not counted; and how long before the first of them was.
    unconnected int,
    unconnected_ago_ms int,
    typed_hour int,
    typed_hour_ago_ms int,
    typed_day int,
    typed_day_ago_ms int,
    id uuid NOT NULL,
    call_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    caller_id uuid NOT NULL,
    callee_id uuid,
    dialled text NOT NULL,
    -- The number or code that it leads to, where that is not the destination's prefix and the digits that were typed.
    number text,
    keys text,
    reservation text,
    -- NULL: admitted.
    code text,
    refusal jsonb,
    free_more_ms bigint[],
    PRIMARY KEY (id, at)
  ) PARTITION BY RANGE (at);
`

// A table that is filled is attached while others go on writing; made as a partition it would wait for all of them.
const partitions = `
  CREATE FUNCTION decision_partition(at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    month timestamp;
    part text;
  BEGIN
    FOR month IN SELECT date_trunc('month', at AT TIME ZONE 'UTC') + n * interval '1 month' FROM generate_series(0, 1) AS n LOOP
      part := 'decision_' || to_char(month, 'YYYY_MM');
      -- Asked of the table and not of to_regclass, which may remember what was so before the lock.
      CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = current_schema::regnamespace);
      PERFORM pg_advisory_xact_lock(hashtextextended('decision_partition', 0));
      CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = current_schema::regnamespace);
      EXECUTE format('CREATE TABLE %I (LIKE decision INCLUDING CONSTRAINTS)', part);
      EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
      EXECUTE format('ALTER TABLE decision ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
  END $$;
  -- How long each kind is kept; NULL: for ever.
  CREATE TABLE retention (kind text PRIMARY KEY, keep interval CHECK (keep >= interval '1 month'));
  INSERT INTO retention VALUES ('decision', NULL);
  CREATE FUNCTION drop_expired(at timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
  DECLARE
    part text;
  BEGIN
    FOR part IN SELECT relname FROM retention JOIN pg_inherits ON inhparent = to_regclass(kind) JOIN pg_class ON pg_class.oid = inhrelid
      WHERE (to_timestamp(right(relname, 7), 'YYYY_MM')::timestamp + interval '1 month') AT TIME ZONE 'UTC' <= at - keep
      ORDER BY relname LOOP
      EXECUTE format('DROP TABLE %I', part);
      RETURN NEXT part;
    END LOOP;
  END $$;
`

// Refusals are few beside what was admitted. The conditions of decision_typed are those of the world (world.ts).
const indexes = `
  CREATE INDEX decision_newest ON decision (organization_id, at, id);
  CREATE INDEX decision_call ON decision (call_id);
  CREATE INDEX decision_member ON decision (caller_id, at, id);
  CREATE INDEX decision_refused ON decision (organization_id, at, id) WHERE code IS NOT NULL;
  CREATE INDEX decision_code ON decision (organization_id, code, at, id) WHERE code IS NOT NULL;
  CREATE INDEX decision_dialled ON decision USING gin (regexp_replace(dialled, '\\D', '', 'g') gin_trgm_ops);
  CREATE INDEX decision_typed ON decision (caller_id, at)
    WHERE callee_id IS NULL AND coalesce(code, '') NOT IN (
      'emergency-number', 'organization-suspended', 'member-suspended', 'too-many-attempts', 'number-invalid',
      'several-numbers', 'keys-invalid', 'caller-barred', 'callee-not-colleague', 'callee-not-contact');
`

/** Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`. */
const rights = `
  DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION decision_partition SET search_path = %I, pg_temp', current_schema);
    EXECUTE format('ALTER FUNCTION drop_expired SET search_path = %I, pg_temp', current_schema);
  END $$;
  REVOKE EXECUTE ON FUNCTION decision_partition, drop_expired FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION decision_partition TO tandem_app;
`
