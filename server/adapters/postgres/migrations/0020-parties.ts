import { type Kysely, sql } from 'kysely'
import { grantAll, grantReadAndInsert, makeAppendOnly } from './protection.ts'

/** A call's people become rows of their own, each with his legs and what is paid for them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db)
  await sql.raw(twoPartiesOfEachCall).execute(db)
  await sql.raw(moves).execute(db)
  await grantAll(db, ['party'])
  await grantReadAndInsert(db, ['record_party'])
  await makeAppendOnly(db, ['record_party'])
}

const tables = `
  CREATE TABLE party (
    id uuid NOT NULL,
    call_id uuid NOT NULL,
    role text NOT NULL,
    member_id uuid,
    number text,
    -- What is paid for his dialled legs; all NULL where nothing is.
    meter_leg_id uuid,
    metering jsonb,
    held_ms bigint,
    is_last boolean,
    CHECK (num_nulls(meter_leg_id, metering, held_ms, is_last) IN (0, 4))
  );

  -- A record is found by each member who was in it.
  CREATE TABLE record_party (
    record_id uuid NOT NULL,
    party_id uuid NOT NULL,
    role text NOT NULL,
    member_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    placed_at timestamptz NOT NULL
  );
  ALTER TABLE leg ADD COLUMN party_id uuid;
`

/** A call from before has two; of what is made from now on the ids are computed. */
const twoPartiesOfEachCall = `
  INSERT INTO party (id, call_id, role, member_id) SELECT gen_random_uuid(), id, 'initiator', member_id FROM call;
  INSERT INTO party (id, call_id, role, member_id, number, meter_leg_id, metering, held_ms, is_last)
    SELECT gen_random_uuid(), id, 'participant', (terms->>'calleeId')::uuid, terms->'dialled'->>'number', meter_leg_id,
      CASE WHEN meter_leg_id IS NOT NULL THEN metering END,
      CASE WHEN meter_leg_id IS NOT NULL THEN coalesce(held_ms, 0) END,
      CASE WHEN meter_leg_id IS NOT NULL THEN coalesce(is_last, false) END FROM call;
  CREATE INDEX party_call ON party (call_id);
  UPDATE leg SET party_id = party.id FROM party
    WHERE party.call_id = leg.call_id AND party.role = CASE kind WHEN 'app' THEN 'initiator' ELSE 'participant' END;
  INSERT INTO record_party SELECT record.id, coalesce(party.id, gen_random_uuid()), 'initiator', record.member_id, organization_id, placed_at
    FROM record LEFT JOIN party ON party.call_id = record.call_id AND party.role = 'initiator';
`

/** Keys are made when the rows are there: at once, not row by row. */
const moves = `
  ALTER TABLE party ADD PRIMARY KEY (id);
  ALTER TABLE record_party ADD PRIMARY KEY (record_id, party_id);
  ALTER TABLE party ADD FOREIGN KEY (call_id) REFERENCES call;
  ALTER TABLE record_party ADD FOREIGN KEY (record_id) REFERENCES record;
  ALTER TABLE leg ALTER COLUMN party_id SET NOT NULL;
  ALTER TABLE leg ADD FOREIGN KEY (party_id) REFERENCES party;
  ALTER TABLE call DROP COLUMN meter_leg_id, DROP COLUMN metering, DROP COLUMN held_ms, DROP COLUMN is_last;
  -- Leads from an entry of the ledger to its call.
  CREATE INDEX party_meter_leg ON party (meter_leg_id) WHERE meter_leg_id IS NOT NULL;
  CREATE INDEX record_party_newest ON record_party (member_id, placed_at, record_id);
  DROP INDEX record_member;
`
