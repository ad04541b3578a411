import { type Kysely, sql } from 'kysely'

/**
 * Whoever writes what a standing fact is read from raises a revision, in the same transaction, whatever he forgot: of the
 * organization, or of the installation. Same revision: what was read before still holds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(revision).execute(db)
  for (const [table, scope] of Object.entries(SCOPES)) await sql.raw(triggersOf(table, scope)).execute(db)
  await sql.raw(rights).execute(db)
}

/** Each table, and the column that names the organization whose facts it has; `null`: everybody's. */
const SCOPES: Readonly<Record<string, string | null>> = {
  organization: 'id',
  member: 'organization_id',
  department: 'organization_id',
  member_department: 'organization_id',
  number_right: 'organization_id',
  subscription: 'organization_id',
  plan_version: null,
  licence: null,
  trunk: null,
}

// A revision is the sum of its rows, and each connection raises one of its own: nobody waits for anybody, and no two
// transactions lock each other's out.
const revision = `
  CREATE TABLE revision (
    -- The organization; all zeros: the installation.
    scope uuid NOT NULL,
    writer int NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (scope, writer)
  ) WITH (fillfactor = 50);
  CREATE FUNCTION revision_of(organization uuid) RETURNS text LANGUAGE sql STABLE RETURN (
    SELECT coalesce(sum(n) FILTER (WHERE scope = organization), 0) || '.' || coalesce(sum(n) FILTER (WHERE scope <> organization), 0)
      FROM revision WHERE scope IN (organization, '00000000-0000-0000-0000-000000000000'));
  CREATE FUNCTION raise_revision(scopes uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO revision SELECT DISTINCT scope, pg_backend_pid(), 1 FROM unnest(scopes) AS scope
    ON CONFLICT (scope, writer) DO UPDATE SET n = revision.n + 1;
  $$;
  CREATE FUNCTION raise_installation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    PERFORM raise_revision(ARRAY['00000000-0000-0000-0000-000000000000']::uuid[]);
    RETURN NULL;
  END $$;
`

/** Of a statement that writes nothing, nothing is raised. */
function triggersOf(table: string, scope: string | null): string {
  const installation = (
    events: string,
  ) => `CREATE TRIGGER revision_${events.toLowerCase().replaceAll(' ', '_')} AFTER ${events} ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION raise_installation();`
  if (scope === null) return installation('INSERT OR UPDATE OR DELETE OR TRUNCATE')
  const read = { INSERT: ['new'], UPDATE: ['new', 'old'], DELETE: ['old'] } as const
  const each = Object.entries(read).map(([event, tables]) => {
    const rows = tables.map((one) => `SELECT ${scope} FROM ${one}_rows`).join(' UNION ')
    const named = tables.map((one) => `${one} TABLE AS ${one}_rows`).join(' ')
    const name = `revise_${table}_${event.toLowerCase()}`
    return `
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        PERFORM raise_revision(ARRAY(${rows}));
        RETURN NULL;
      END $$;
      CREATE TRIGGER revision_${event.toLowerCase()} AFTER ${event} ON ${table}
        REFERENCING ${named} FOR EACH STATEMENT EXECUTE FUNCTION ${name}();`
  })
  return [...each, installation('TRUNCATE')].join('\n')
}

/** Whoever has the owner's rights is led to no table of its caller's: see `0016-private-names.ts`. */
const rights = `
  DO $$
  DECLARE
    owned regprocedure;
  BEGIN
    FOR owned IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema::regnamespace
      AND (proname LIKE 'revise\\_%' OR proname IN ('raise_installation', 'raise_revision')) LOOP
      EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', owned, current_schema);
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', owned);
    END LOOP;
  END $$;
  GRANT SELECT ON revision TO tandem_app;
`
