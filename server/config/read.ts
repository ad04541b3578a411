import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { configSchema, contradictionsIn, type Config, type ConfigFault } from './config.ts'

type Environment = { readonly [name: string]: string | undefined }
export type ReadConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly source: string; readonly faults: readonly ConfigFault[] }

/** Settings that the environment may give instead of the file; the environment wins. */
const OVERRIDES = [
  { variable: 'TANDEM_DATA', setting: 'data', form: 'path' },
  { variable: 'TANDEM_HOST', setting: 'host', form: 'text' },
  { variable: 'TANDEM_PORT', setting: 'port', form: 'number' },
  { variable: 'TANDEM_TRUSTED_PROXIES', setting: 'trustedProxies', form: 'list' },
  { variable: 'DATABASE_URL', setting: 'databaseUrl', form: 'text' },
  { variable: 'DATABASE_OWNER_URL', setting: 'databaseOwnerUrl', form: 'text' },
] as const

type Form = (typeof OVERRIDES)[number]['form']

/** What is no number stays as it is: the schema says so with the value that was given. */
function valueOf(text: string, form: Form, currentFolder: string): unknown {
  if (form === 'path') return resolve(currentFolder, text)
  if (form === 'number') return /^\d+$/.test(text) ? Number(text) : text
  if (form === 'list') return text.split(',').map((entry) => entry.trim())
  return text
}

const CHECKOUT = resolve(import.meta.dirname, '../..')

/** File, then environment, then defaults; paths in the file are relative to the file, others to the current folder. */
export function readConfig(environment: Environment, currentFolder: string): ReadConfig {
  const file = resolve(currentFolder, environment.TANDEM_CONFIG ?? 'tandem.yaml')
  const fromFile = readYaml(file, environment.TANDEM_CONFIG !== undefined)
  if (!fromFile.ok) return { ok: false, source: file, faults: fromFile.faults }
  // Without a file there is nothing to open and correct: the names of the settings say where they come from.
  const source = existsSync(file) ? file : 'settings'
  const fromEnvironment = readEnvironment(environment, currentFolder)
  const merged = { data: resolve(CHECKOUT, '.data'), ...fromFile.settings, ...fromEnvironment }

  const parsed = configSchema.safeParse(merged)
  if (!parsed.success) return { ok: false, source, faults: parsed.error.issues.map((issue) => faultOf(issue, merged)) }
  const faults = [...contradictionsIn(parsed.data), ...bootstrapKeyFaults(environment.TANDEM_BOOTSTRAP_KEY)]
  if (faults.length > 0) return { ok: false, source, faults }
  return { ok: true, config: parsed.data }
}

type Settings = { readonly [name: string]: unknown }
type YamlFile =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] }

function readYaml(file: string, isAskedFor: boolean): YamlFile {
  if (!existsSync(file)) {
    if (!isAskedFor) return { ok: true, settings: {} }
    return { ok: false, faults: [{ path: '', message: 'there is no such file; create it, or unset TANDEM_CONFIG' }] }
  }
  const read = parseYaml(readFileSync(file, 'utf8'))
  if (!read.ok) return { ok: false, faults: [{ path: '', message: `is not YAML: ${read.fault}` }] }
  const content = read.content ?? {}
  if (typeof content !== 'object' || Array.isArray(content)) {
    return { ok: false, faults: [{ path: '', message: 'must be a list of settings such as "port: 8420"' }] }
  }
  const settings = content as Settings
  const data = settings.data
  return {
    ok: true,
    settings: typeof data === 'string' ? { ...settings, data: resolve(dirname(file), data) } : settings,
  }
}

type Parsed = { readonly ok: true; readonly content: unknown } | { readonly ok: false; readonly fault: string }

/** The reader throws on what is nested too deeply or repeats itself too often (aliases). */
function parseYaml(text: string): Parsed {
  try {
    const document = parseDocument(text, { prettyErrors: true })
    const [error] = document.errors
    if (error !== undefined) return { ok: false, fault: error.message.split('\n')[0] ?? '' }
    return { ok: true, content: document.toJS() as unknown }
  } catch (error) {
    return { ok: false, fault: error instanceof RangeError ? 'nested too deeply' : (error as Error).message }
  }
}

function readEnvironment(environment: Environment, currentFolder: string): Settings {
  const settings: { [name: string]: unknown } = {}
  for (const { variable, setting, form } of OVERRIDES) {
    const value = environment[variable]
    if (value === undefined || value === '') continue
    settings[setting] = valueOf(value, form, currentFolder)
  }
  return settings
}

/** Where a fault comes from, said with the name that the reader typed, and without a secret's value. */
function faultOf(issue: z.core.$ZodIssue, settings: Settings): ConfigFault {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')
    return { path, message: `does not know ${keys}; correct the name or remove it` }
  }
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Settings | undefined)?.[String(key)], settings)
  const shown = path === 'databaseUrl' || path === 'databaseOwnerUrl' ? '' : ` (it is ${JSON.stringify(value)})`
  const variable = OVERRIDES.find((override) => override.setting === String(issue.path[0]))?.variable
  const hint = variable === undefined ? '' : `; change it in the file or in ${variable}`
  return { path, message: `${issue.message}${shown}${hint}` }
}

/** The first operator key: `tdm_<8 characters>_<at least 24 characters>`. */
export const OPERATOR_KEY = /^tdm_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{24,}$/

function bootstrapKeyFaults(key: string | undefined): readonly ConfigFault[] {
  if (key === undefined || key === '' || OPERATOR_KEY.test(key)) return []
  return [
    {
      path: 'TANDEM_BOOTSTRAP_KEY',
      message:
        'must look like tdm_<8 letters or digits>_<24 or more letters, digits, - or _>; make one with: echo "tdm_$(openssl rand -hex 4)_$(openssl rand -hex 24)"',
    },
  ]
}
