import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { health, type WireHealth } from '@tandem/contract'
import type { Network } from './network.ts'
import { processesOf } from './processes.ts'
import { until } from './until.ts'

const checkout = resolve(import.meta.dirname, '../..')
export const artifacts = join(checkout, 'artifacts')

export type PartName = 'postgres' | 'engine' | 'carrier' | 'edge' | 'server'

/** A whole Tandem: what `npm start` runs, on its own data and a free port. */
export type Tandem = {
  readonly address: string
  readonly data: string
  readonly operatorKey: string
  /** What the supervisor prints, so far. */
  output(): string
  pid(part: PartName): number
  restarts(part: PartName): number
  /** SIGKILL, as a crash is. */
  kill(part: PartName): void
  /** From now on the supervisor leaves the part down when it ends, until `release`. */
  hold(part: PartName): void
  release(part: PartName): void
  health(): Promise<WireHealth>
  /**
   * Orderly, by SIGTERM. Throws when anything is left running, or a stored decision would be another now. Keeps the logs
   * for the story that reads them all, and nothing else.
   */
  stop(): Promise<void>
  /** The machine's power goes, as far as the supervisor is concerned; the data stay. */
  crash(): Promise<void>
}

export type TandemOptions = {
  /** Names the kept logs. */
  readonly name: string
  /** Fields of the YAML file; without it there is none. */
  readonly config?: Readonly<Record<string, unknown>>
  /** An existing data folder: a second start. */
  readonly data?: string
  readonly operatorKey?: string
  /** Left out: this machine's. */
  readonly network?: Network
}

export async function startTandem(options: TandemOptions): Promise<Tandem> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'tandem-'))
  const mark = `TANDEM_STORY=${randomUUID()}`
  const operatorKey = options.operatorKey ?? newOperatorKey()
  // When the tests die, so does it, and its children with it.
  const program = ['setpriv', '--pdeathsig', 'KILL', process.execPath, join(checkout, 'supervisor/main.ts')]
  const [file, ...words] = [...(options.network?.inside ?? []), ...program] as [string, ...string[]]
  const child = spawn(file, words, {
    cwd: data,
    env: { ...process.env, ...environment(options, data, operatorKey), [mark.split('=')[0]!]: mark.split('=')[1] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const { name, network } = options
  const tandem = tandemOf({ child, data, mark, operatorKey, name, network, output: () => output })
  await ready(tandem, child).catch(async (fault: unknown) => {
    keepLogs(data, name)
    await tandem.crash()
    throw new Error(`Tandem did not start:\n${output}`, { cause: fault })
  })
  return tandem
}

function environment({ config }: TandemOptions, data: string, operatorKey: string): Record<string, string> {
  const fields = {
    TANDEM_DATA: data,
    TANDEM_PORT: '0',
    TANDEM_BOOTSTRAP_KEY: operatorKey,
    TANDEM_PARENT_DEATH_SIGNAL: 'KILL',
  }
  if (config === undefined) return fields
  const path = join(data, 'story.yaml')
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config))
  return { ...fields, TANDEM_CONFIG: path }
}

const newOperatorKey = (): string =>
  `tdm_${randomUUID().slice(0, 8)}_${randomUUID().replaceAll('-', '')}${randomUUID().replaceAll('-', '')}`

async function ready(tandem: Tandem, child: ChildProcess): Promise<void> {
  const isUp = async (): Promise<boolean> =>
    existsSync(join(tandem.data, 'supervisor.json')) && (await tandem.health()).status === 'ok'
  await until('every part up', async () => child.exitCode !== null || (await isUp()), 60_000)
  if (child.exitCode !== null) throw new Error(`the supervisor ended with ${child.exitCode}`)
}

type Inside = {
  readonly child: ChildProcess
  readonly data: string
  readonly mark: string
  readonly operatorKey: string
  readonly name: string
  readonly network: Network | undefined
  readonly output: () => string
}

type Parts = Record<string, { readonly pid: number; readonly restarts: number }>

function tandemOf({ child, data, mark, operatorKey, name, network, output }: Inside): Tandem {
  const json = (path: string): unknown => JSON.parse(readFileSync(join(data, path), 'utf8'))
  const part = (of: PartName): Parts[string] => (json('run/parts.json') as { parts: Parts }).parts[of]!
  const address = (): string => (json('supervisor.json') as { address: string }).address
  let lastAddress = ''
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    data,
    operatorKey,
    output,
    get address() {
      lastAddress ||= address()
      return lastAddress
    },
    pid: (of) => part(of).pid,
    restarts: (of) => part(of).restarts,
    kill: (of) => void process.kill(part(of).pid, 'SIGKILL'),
    hold: (of) => writeFileSync(join(data, 'run/hold', of), ''),
    release: (of) => rmSync(join(data, 'run/hold', of), { force: true }),
    async health() {
      const url = `${address()}/api/health`
      return health.parse(network ? JSON.parse(await network.get(url)) : await (await fetch(url)).json())
    },
    stop: async () => {
      recheck(data)
      child.kill('SIGTERM')
      await until('the supervisor to end', over, 30_000)
      keepLogs(data, name)
      expectNothingLeft(mark, data)
      rmSync(data, { recursive: true, force: true })
    },
    crash: async () => {
      child.kill('SIGKILL')
      await until('the supervisor to die', over)
      await until('its children to die with it', () => processesOf(mark, data).length === 0)
    },
  }
}

/** Whatever a story decided, its facts give the same answer again. */
function recheck(data: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'server/assembly/recheck.ts'), data], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`a decision is another now:\n${stdout}${stderr}`)
}

function expectNothingLeft(mark: string, data: string): void {
  const left = processesOf(mark, data)
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0) throw new Error(`left running: ${left.map(({ command }) => command).join('; ')}`)
}

/** Where the story `log-privacy` finds what all the others wrote. */
export const keptLogs = join(artifacts, 'logs')

function keepLogs(data: string, name: string): void {
  mkdirSync(keptLogs, { recursive: true })
  if (existsSync(join(data, 'log'))) cpSync(join(data, 'log'), join(keptLogs, name), { recursive: true })
}
