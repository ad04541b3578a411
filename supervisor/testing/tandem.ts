import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { PartName, Parts, PartStatus } from '../board.ts'
import { checkout, layoutOf, type Layout } from '../layout.ts'
import type { Runtime } from '../runtime.ts'

const patience = { timeout: 30_000, interval: 20 }

/** A whole Tandem in a data folder of its own; only the server is a stand-in. */
export class TestTandem {
  readonly layout: Layout
  readonly #program: { readonly node: string; readonly checkout: string }
  #process: ChildProcess | undefined
  #output = ''

  constructor(
    layout: Layout = layoutOf(mkdtempSync(join(tmpdir(), 'tandem-test-'))),
    program = { node: process.execPath, checkout },
  ) {
    this.layout = layout
    this.#program = program
  }

  get output(): string {
    return this.#output
  }

  get runtime(): Runtime {
    return JSON.parse(readFileSync(this.layout.runtimeFile, 'utf8')) as Runtime
  }

  part(name: PartName): PartStatus {
    const { parts } = JSON.parse(readFileSync(this.layout.partsFile, 'utf8')) as { parts: Parts }
    const status = parts[name]
    if (status === undefined) throw new Error(`No part ${name}`)
    return status
  }

  spawn(env: Record<string, string> = {}): void {
    const child = spawn(this.#program.node, [join(this.#program.checkout, 'supervisor/main.ts')], {
      env: {
        ...process.env,
        TANDEM_DATA: this.layout.data,
        TANDEM_PORT: '0',
        TANDEM_SERVER: 'supervisor/testing/server.ts',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#output += text))
    this.#process = child
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  async start(env: Record<string, string> = {}): Promise<this> {
    this.spawn(env)
    await vi.waitFor(() => expect(this.#output).toContain('Tandem is up'), patience)
    return this
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** The exit code, once the supervisor itself is gone; `null` when a signal ended it. */
  async exit(): Promise<number | null> {
    const child = this.#process
    await vi.waitFor(() => expect(child?.exitCode ?? child?.signalCode ?? null).not.toBeNull(), patience)
    return child?.exitCode ?? null
  }

  kill(name: PartName): number {
    const { pid } = this.part(name)
    if (pid === null) throw new Error(`${name} has no process`)
    process.kill(pid, 'SIGKILL')
    return pid
  }

  async untilPart(name: PartName, wanted: Partial<PartStatus>): Promise<PartStatus> {
    await vi.waitFor(() => expect(this.part(name)).toMatchObject(wanted), patience)
    return this.part(name)
  }

  hold(name: PartName): void {
    writeFileSync(join(this.layout.hold, name), '')
  }

  release(name: PartName): void {
    rmSync(join(this.layout.hold, name))
  }

  async untilNoProcessIsLeft(): Promise<void> {
    await vi.waitFor(() => expect(processesOf(this.layout.data)).toEqual([]), patience)
  }

  async remove(): Promise<void> {
    this.signal('SIGKILL')
    await this.untilNoProcessIsLeft()
    rmSync(this.layout.data, { recursive: true, force: true })
  }
}

/** Living processes that have the data folder in their command line or environment; a zombie has neither. */
function processesOf(data: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`)} ${read(`/proc/${pid}/environ`)}`)
    .filter((process) => process.includes(data))
    .map((process) => process.replaceAll('\0', ' ').slice(0, 120))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // Gone meanwhile.
  }
}
