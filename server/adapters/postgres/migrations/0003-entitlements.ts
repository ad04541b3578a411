import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { grantAll, grantReadAndInsert, makeAppendOnly } from './protection.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(plans).execute(db)
  await sql.raw(pools).execute(db)
  for (const name of ['ledger-apply', 'ledger-grant']) {
    await sql.raw(readFileSync(new URL(`./0003-${name}.sql`, import.meta.url), 'utf8')).execute(db)
  }
  await grantAll(db, ['plan', 'subscription'])
  await grantReadAndInsert(db, ['plan_version'])
  await makeAppendOnly(db, ['plan_version', 'ledger', 'settlement'])
  await sql.raw(rights).execute(db)
}

const plans = `
  CREATE TABLE plan (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT plan_name_unique UNIQUE);
  CREATE TABLE plan_version (
    id uuid PRIMARY KEY,
    plan_id uuid NOT NULL CONSTRAINT plan_version_plan REFERENCES plan,
    effective_from timestamptz NOT NULL,
    terms jsonb NOT NULL,
    CONSTRAINT plan_version_instant UNIQUE (plan_id, effective_from)
  );
  CREATE TABLE subscription (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    plan_id uuid NOT NULL CONSTRAINT subscription_plan REFERENCES plan,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during)),
    CONSTRAINT subscription_overlap EXCLUDE USING gist (organization_id WITH =, during WITH &&)
  );
`

// No foreign key leads from ledger and hold to pool: ledger_apply, their only writer, has the pool locked.
const pools = `
  CREATE TABLE pool (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    bucket text NOT NULL CHECK (bucket IN ('member', 'organization')),
    member_id uuid CHECK ((member_id IS NOT NULL) = (bucket = 'member')),
    period_from timestamptz NOT NULL,
    period_until timestamptz NOT NULL CHECK (period_until > period_from),
    granted_ms bigint NOT NULL DEFAULT 0,
    used_ms bigint NOT NULL DEFAULT 0,
    held_ms bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    CHECK (used_ms >= 0 AND held_ms >= 0 AND used_ms + held_ms <= granted_ms),
    UNIQUE NULLS NOT DISTINCT (organization_id, bucket, member_id, period_from)
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

  -- What is reserved for a leg that lives. A row is removed when its leg is settled.
  CREATE TABLE hold (
    leg_id uuid NOT NULL,
    pool_id uuid NOT NULL,
    -- Holds of a leg are used in this order.
    ordinal int NOT NULL,
    held_ms bigint NOT NULL CHECK (held_ms > 0),
    PRIMARY KEY (leg_id, pool_id)
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

  -- The end of a leg's money: one row a leg, and the reason why a late reserve finds nothing.
  CREATE TABLE settlement (
    leg_id uuid PRIMARY KEY,
    operation_id uuid NOT NULL UNIQUE,
    rated_ms bigint NOT NULL,
    uncovered_ms bigint NOT NULL CHECK (uncovered_ms BETWEEN 0 AND rated_ms),
    at timestamptz NOT NULL
  );

  CREATE TABLE ledger (
    pool_id uuid NOT NULL,
    seq bigint NOT NULL,
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    leg_id uuid,
    granted_delta_ms bigint NOT NULL,
    held_delta_ms bigint NOT NULL,
    used_delta_ms bigint NOT NULL,
    actor text NOT NULL,
    note text,
    at timestamptz NOT NULL,
    PRIMARY KEY (pool_id, seq),
    UNIQUE (operation_id, pool_id),
    CHECK (CASE kind
      WHEN 'grant' THEN granted_delta_ms > 0 AND held_delta_ms = 0 AND used_delta_ms = 0
      WHEN 'reserve' THEN granted_delta_ms = 0 AND held_delta_ms > 0 AND used_delta_ms = 0
      WHEN 'settle' THEN granted_delta_ms = 0 AND used_delta_ms > 0 AND held_delta_ms <= -used_delta_ms
      WHEN 'release' THEN granted_delta_ms = 0 AND held_delta_ms < 0 AND used_delta_ms = 0
      ELSE false END)
  );
`

/** A balance moves through the two functions and in no other way: the application can't write these tables. */
const rights = `
  GRANT SELECT ON pool, hold, settlement, ledger TO tandem_app;
  GRANT INSERT (id, organization_id, bucket, member_id, period_from, period_until) ON pool TO tandem_app;
`
