import { sql } from 'kysely'
import type { Db } from './connection.ts'
import type { FactKind } from './tables.ts'

export type Fact = { readonly kind: FactKind; readonly body: object }

/** Each distinct value of a kind, once: under the hash of its canonical JSON, which the database makes. */
export type Facts = {
  /** Their ids, in their order. What is not there yet is written, in a transaction of its own: a fact may stand alone. */
  idsOf(facts: readonly Fact[]): Promise<readonly number[]>
  bodiesOf(ids: readonly number[]): Promise<ReadonlyMap<number, unknown>>
}

/** So many are known without asking; then those that were met first are forgotten. */
const MOST_KNOWN = 20_000

export function openFacts(db: Db): Facts {
  const byText = new Map<string, number>()
  const byId = new Map<number, unknown>()
  /** The same object is the same value: what is kept in memory is not written out again to be compared. */
  const byIdentity = new WeakMap<object, number>()
  return {
    async idsOf(facts) {
      const named = facts.map(({ kind, body }) => ({
        kind,
        body,
        text: byIdentity.has(body) ? '' : textOf(kind, body),
      }))
      const idOf = (fact: (typeof named)[number]) => byIdentity.get(fact.body) ?? byText.get(fact.text)
      const unknown = named.filter((fact) => idOf(fact) === undefined)
      if (unknown.length > 0) {
        const ids = await written(db, unknown)
        for (const [index, { text }] of unknown.entries()) remember(byText, text, ids[index]!)
      }
      return named.map((fact) => {
        const id = idOf(fact)!
        byIdentity.set(fact.body, id)
        return id
      })
    },
    async bodiesOf(ids) {
      const missing = [...new Set(ids)].filter((id) => !byId.has(id))
      const rows =
        missing.length === 0
          ? []
          : await db
              .selectFrom('fact')
              .select(['id', 'body'])
              .where('id', '=', sql<number>`any(${missing})`)
              .execute()
      const found = new Map(ids.filter((id) => byId.has(id)).map((id) => [id, byId.get(id)]))
      for (const { id, body } of rows) {
        remember(byId, id, body)
        found.set(id, body)
      }
      return found
    },
  }
}

const textOf = (kind: FactKind, body: object): string => `${kind} ${JSON.stringify(body)}`

function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
  known.set(key, value)
}

/**
 * Those that another server wrote since this statement began are not seen by it, and not written twice: then it is asked
 * again, and sees them. All write in one order: two who have the same ones to write wait for each other, and not in a ring.
 */
async function written(db: Db, facts: readonly Fact[]): Promise<readonly number[]> {
  const kinds = facts.map(({ kind }) => kind)
  const bodies = facts.map(({ body }) => JSON.stringify(body))
  for (;;) {
    const { rows } = await sql<{ id: number | null }>`
      WITH given AS (SELECT kind, body, fact_hash(body) AS hash, n
          FROM unnest(${kinds}::text[], ${bodies}::jsonb[]) WITH ORDINALITY AS each (kind, body, n)),
        old AS (SELECT fact.id, given.n FROM given JOIN fact USING (hash, kind)),
        new AS (INSERT INTO fact (kind, body)
          SELECT kind, body FROM (SELECT DISTINCT hash, kind, body FROM given WHERE n NOT IN (SELECT n FROM old)) AS each
          ORDER BY hash, kind
          ON CONFLICT DO NOTHING RETURNING id, kind, hash)
      SELECT coalesce(old.id, new.id) AS id
        FROM given LEFT JOIN old USING (n) LEFT JOIN new USING (hash, kind) ORDER BY n`.execute(db)
    const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]))
    if (ids.length === facts.length) return ids
  }
}
