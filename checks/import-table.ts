/**
 * Who may import whom: the table of ARCHITECTURE.md as data. A new row or a new right is a decision (docs/decisions).
 */

/** A folder that is a row of the table, or `server/main.ts`. */
export type Row = string

type Rule = {
  /** Rows whose front door (or, where there is none, whose files) may be imported. */
  readonly rows: ReadonlySet<Row>
  readonly npm: 'any' | ReadonlySet<string>
  readonly node: boolean
  /** Any file of any row: only where all parts meet, and tests of adapters. */
  readonly anything: boolean
}

const domain = (...names: readonly string[]): readonly Row[] => names.map((name) => `server/${name}`)

const nouns = domain('identity', 'directory', 'carriers', 'compliance', 'entitlements', 'records', 'audit')
const everyDomain = [...domain('kernel', 'admission', 'calls'), ...nouns]

/** Entered only by `#name`, within their workspace. */
export const frontDoors: ReadonlySet<Row> = new Set([
  ...everyDomain,
  ...domain('http', 'demo'),
  'web/session',
  'web/ui',
])

/** They enter past front doors, by file: one wires the insides, the other measures them. */
export const insiders: ReadonlySet<Row> = new Set(['server/main.ts', 'bench'])

/** What tests run on: started real parts. Entered by file, by tests only. */
export const testKits: ReadonlySet<Row> = new Set(['server/testing', 'supervisor/testing'])

const rule = (rows: readonly Row[], rest: Partial<Omit<Rule, 'rows'>> = {}): Rule => ({
  rows: new Set(rows),
  npm: rest.npm ?? new Set(),
  node: rest.node ?? false,
  anything: rest.anything ?? false,
})

const kernelOnly = rule(domain('kernel'))
const webPart = rule(['contract', 'web/session', 'web/ui'], { npm: 'any' })

const TABLE: Readonly<Record<Row, Rule>> = {
  contract: rule([], { npm: new Set(['zod']) }),
  'server/kernel': rule([], { npm: new Set(['libphonenumber-js']), node: true }),
  ...Object.fromEntries(nouns.map((name) => [name, kernelOnly])),
  // How Chinese names are read (decision 0001).
  'server/directory': rule(domain('kernel'), { npm: new Set(['pinyin-pro', 'opencc-js']) }),
  // How typed digits are read is the contract's, for browser and server alike (decision 0013).
  'server/carriers': rule(['contract', ...domain('kernel')]),
  'server/admission': rule(domain('kernel', 'directory', 'carriers', 'compliance', 'entitlements')),
  'server/calls': rule(domain('kernel', 'admission', 'directory', 'carriers', 'entitlements', 'records')),
  'server/config': rule(domain('kernel'), { npm: new Set(['zod', 'yaml']), node: true }),
  'server/http': rule(['contract', ...everyDomain], { npm: 'any', node: true }),
  /** `http` for its one port, the keys of repeated requests (decision 0011). */
  'server/adapters/postgres': rule([...everyDomain, 'server/http'], { npm: 'any', node: true }),
  'server/adapters/asterisk': rule(domain('kernel', 'calls', 'carriers'), { npm: 'any', node: true }),
  /** Who may be sent to is the directory's rule (decision 0025). */
  'server/adapters/push': rule(domain('kernel', 'directory'), { npm: 'any', node: true }),
  'server/adapters': rule(domain('kernel', 'identity', 'audit'), { npm: 'any', node: true }),
  'server/testing': rule(['contract', ...everyDomain], { npm: 'any', node: true, anything: true }),
  'server/demo': rule(everyDomain, { node: true }),
  /** Where parts are joined: `main.ts`, in more than one file (decision 0004). */
  'server/assembly': rule([], { npm: 'any', node: true, anything: true }),
  'server/main.ts': rule([], { npm: 'any', node: true, anything: true }),
  'supervisor/testing': rule(['supervisor'], { npm: new Set(['vitest']), node: true }),
  supervisor: rule([], { node: true }),
  scripts: rule([], { node: true }),
  'web/session': rule(['contract', 'web/ui'], { npm: 'any' }),
  'web/ui': rule(['contract'], { npm: 'any' }),
  'web/softphone': webPart,
  'web/console': webPart,
  'web/handset': webPart,
  /** The frame around the parts: routes, build configuration. */
  web: rule(['contract', 'web/session', 'web/ui', 'web/softphone', 'web/console', 'web/handset'], {
    npm: 'any',
    node: true,
  }),
  e2e: rule(['contract'], { npm: new Set(['vitest', 'playwright-core', '@axe-core/playwright']), node: true }),
  /** Measures from inside, and drives the whole with the kit of the stories. */
  bench: rule(['contract', 'e2e'], { npm: 'any', node: true, anything: true }),
  checks: rule(['contract'], { npm: new Set(['oxc-parser', 'vitest']), node: true }),
  'vitest.config.ts': rule([], { npm: new Set(['vitest']), node: true }),
}

/** Longest row first, so that `server/adapters/postgres` is found before `server/adapters`. */
const rowNames = Object.keys(TABLE).toSorted((a, b) => b.length - a.length)

export const rowOf = (path: string): Row | undefined =>
  rowNames.find((row) => path === row || path.startsWith(`${row}/`))

/** Tests run what they test on real parts: any row of the server, any package that is declared. */
export function allowed(row: Row, isTest: boolean): Rule {
  const own = TABLE[row]
  if (own === undefined) throw new Error(`no row ${row}`)
  if (!isTest || row === 'e2e') return own
  return rule([...own.rows, ...everyDomain], { npm: 'any', node: true, anything: row.startsWith('server/') })
}
