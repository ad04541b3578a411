import { type Kysely, sql } from 'kysely'
import { grantReadAndInsert } from './protection.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db)
  await grantReadAndInsert(db, ['engine_event'])
  await sql.raw('GRANT SELECT, INSERT, UPDATE ON engine_log_file TO tandem_app').execute(db)
}

const tables = `
  -- The channel event log (CEL) of the engine, as its files have it.
  CREATE TABLE engine_event (
    boot_id text NOT NULL,
    -- Where its line begins in the file of that boot.
    byte_offset bigint NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    channel_id text NOT NULL,
    linked_id text NOT NULL,
    call_id text NOT NULL,
    channel_name text NOT NULL,
    peer text NOT NULL,
    extra jsonb NOT NULL,
    PRIMARY KEY (boot_id, byte_offset)
  );
  CREATE INDEX engine_event_channel ON engine_event (channel_id);
  CREATE INDEX engine_event_boot ON engine_event (boot_id, at);

  CREATE TABLE engine_log_file (
    boot_id text PRIMARY KEY,
    -- Everything before this offset is in engine_event.
    imported_bytes bigint NOT NULL
  );
`
