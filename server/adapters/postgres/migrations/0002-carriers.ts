import { type Kysely, sql } from 'kysely'
import { grantAll } from './protection.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db)
  await grantAll(db, ['carrier', 'trunk', 'number_right', 'licence'])
}

const tables = `
  CREATE EXTENSION IF NOT EXISTS btree_gist;

  CREATE TABLE carrier (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT carrier_name_unique UNIQUE);
  CREATE TABLE trunk (
    id uuid PRIMARY KEY,
    carrier_id uuid NOT NULL CONSTRAINT trunk_carrier REFERENCES carrier,
    name text NOT NULL CONSTRAINT trunk_name_unique UNIQUE,
    host text NOT NULL,
    port int NOT NULL CHECK (port BETWEEN 1 AND 65535),
    transport text NOT NULL,
    auth jsonb NOT NULL,
    registers boolean NOT NULL,
    number_format text NOT NULL,
    from_user text,
    zones text[] NOT NULL,
    priority int NOT NULL,
    fails_over_on_timeout boolean NOT NULL,
    standing text NOT NULL
  );
  CREATE TABLE number_right (
    organization_id uuid NOT NULL REFERENCES organization,
    number text NOT NULL,
    proof text NOT NULL CHECK (proof <> ''),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz,
    is_default boolean NOT NULL,
    PRIMARY KEY (organization_id, number, valid_from),
    -- A number is one organization's at a time.
    CONSTRAINT number_right_exclusive EXCLUDE USING gist (
      number WITH =, organization_id WITH <>, tstzrange(valid_from, valid_until) WITH &&)
  );
  CREATE UNIQUE INDEX number_right_default ON number_right (organization_id) WHERE is_default;
  CREATE TABLE licence (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    number text NOT NULL,
    -- NULL: the operator's own.
    carrier_id uuid CONSTRAINT licence_carrier REFERENCES carrier,
    jurisdiction text NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    agreement text
  );
`
