import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { processesOf } from './processes.ts'
import { artifacts, startTandem } from './tandem.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Tandem that stories share which kill nothing. In demo mode. */
    shared: { readonly address: string; readonly data: string; readonly operatorKey: string }
  }
}

/** Before all stories and after all of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  rmSync(artifacts, { recursive: true, force: true })
  // Inherited by every process of this run.
  process.env['TANDEM_E2E_RUN'] = randomUUID()
  const tandem = await startTandem({
    name: 'shared',
    config: { calls: { ringTimeoutMs: 9000, abandonedMs: 4000, browserGoneMs: 6000 } },
  })
  const { address, data, operatorKey } = tandem
  project.provide('shared', { address, data, operatorKey })
  return async () => {
    await tandem.stop()
    endLeftOvers(`TANDEM_E2E_RUN=${process.env['TANDEM_E2E_RUN']}`)
  }
}

/** A story that forgot to stop what it started fails the run, and leaves no load to the next one. */
function endLeftOvers(mark: string): void {
  const started = /supervisor\/main\.ts|asterisk|postgres|sipp|baresip/
  const left = processesOf(mark, mark).filter(({ command }) => started.test(command))
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0) throw new Error(`stories left running: ${left.map(({ command }) => command).join('; ')}`)
}
