import { type Kysely, sql } from 'kysely'

/** What trunks of before did: E.164 as caller id, our address in From, no proxy, OPTIONS every 10 s. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(columns).execute(db)
}

const columns = `
  ALTER TABLE trunk
    ALTER COLUMN port DROP NOT NULL,
    ADD COLUMN caller_id_format text NOT NULL DEFAULT 'e164',
    ADD COLUMN from_domain text,
    ADD COLUMN outbound_proxy text,
    ADD COLUMN qualify_interval_s int NOT NULL DEFAULT 10
      CHECK (qualify_interval_s = 0 OR qualify_interval_s BETWEEN 2 AND 3600);
  ALTER TABLE trunk ALTER COLUMN caller_id_format DROP DEFAULT, ALTER COLUMN qualify_interval_s DROP DEFAULT;
`
