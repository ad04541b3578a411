import { type Kysely, sql } from 'kysely'
import { grantAll, grantReadAndInsert, makeAppendOnly } from './protection.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(role).execute(db)
  await sql.raw(tables).execute(db)
  await grantAll(db, [
    'organization',
    'department',
    'member',
    'member_department',
    'contact',
    'session',
    'operator_key',
  ])
  await grantReadAndInsert(db, ['audit'])
  await makeAppendOnly(db, ['audit'])
}

/** Roles belong to the whole cluster: another database of it may have made this one, even at the same instant. */
const role = `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem_app') THEN CREATE ROLE tandem_app NOLOGIN; END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
  DO $$ BEGIN
    IF NOT pg_has_role(current_user, 'tandem_app', 'USAGE') THEN EXECUTE format('GRANT tandem_app TO %I', current_user); END IF;
  END $$;
  GRANT USAGE ON SCHEMA public TO tandem_app;

  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% is written once: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
  END $$;

  -- Instants inside JSON, as the server has them.
  CREATE FUNCTION epoch_ms(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN floor(extract(epoch FROM at) * 1000)::bigint;
`

const tables = `
  CREATE TABLE organization (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL,
    country text NOT NULL,
    jurisdiction text NOT NULL,
    verification text NOT NULL,
    standing text NOT NULL
  );
  CREATE TABLE department (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    parent_id uuid,
    name text NOT NULL,
    depth int NOT NULL CHECK (depth >= 0),
    may_call text,
    monthly_ms bigint CHECK (monthly_ms >= 0),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, parent_id) REFERENCES department (organization_id, id)
  );
  CREATE TABLE member (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    login text NOT NULL CONSTRAINT member_login_unique UNIQUE CHECK (login = lower(login)),
    role text NOT NULL,
    standing text NOT NULL,
    phone text,
    extension text,
    tags text[] NOT NULL,
    is_shielded boolean NOT NULL,
    is_number_hidden boolean NOT NULL,
    may_call text,
    monthly_ms bigint CHECK (monthly_ms >= 0),
    working_hours jsonb,
    password_hash text,
    UNIQUE (organization_id, id)
  );
  CREATE INDEX member_phone ON member (organization_id, phone);
  CREATE TABLE member_department (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    department_id uuid NOT NULL,
    PRIMARY KEY (member_id, department_id),
    FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id),
    FOREIGN KEY (organization_id, department_id) REFERENCES department (organization_id, id)
  );
  CREATE TABLE contact (
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (member_id, number),
    FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id)
  );
  CREATE TABLE session (
    token_hash text PRIMARY KEY,
    member_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (organization_id, member_id) REFERENCES member (organization_id, id)
  );
  CREATE TABLE operator_key (
    id text PRIMARY KEY,
    prefix text NOT NULL UNIQUE,
    secret_hash text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
  );
  CREATE TABLE audit (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    organization_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    subject_id text NOT NULL,
    detail jsonb NOT NULL
  );
`
