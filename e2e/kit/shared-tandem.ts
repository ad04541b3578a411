import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { processesOf } from './processes.ts'
import { artifacts, startTandem, type Tandem } from './tandem.ts'

/** How many stories run at once. */
export const LANES = 2

/** A Tandem that the stories of one lane share, one after the other; those which kill nothing. In demo mode. */
export type SharedTandem = { readonly address: string; readonly data: string; readonly operatorKey: string }

declare module 'vitest' {
  interface ProvidedContext {
    /** One a lane. */
    shared: readonly SharedTandem[]
  }
}

/** Before all stories and after all of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  rmSync(artifacts, { recursive: true, force: true })
  // Inherited by every process of this run.
  process.env['TANDEM_E2E_RUN'] = randomUUID()
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => startShared(lane)))
  project.provide(
    'shared',
    lanes.map(({ address, data, operatorKey }) => ({ address, data, operatorKey })),
  )
  return async () => {
    await Promise.all(lanes.map((tandem) => tandem.stop()))
    endLeftOvers(`TANDEM_E2E_RUN=${process.env['TANDEM_E2E_RUN']}`)
  }
}

const startShared = (lane: number): Promise<Tandem> =>
  startTandem({
    name: `shared-${lane}`,
    config: { calls: { ringTimeoutMs: 9000, abandonedMs: 4000, browserGoneMs: 6000 } },
  })

/** A story that forgot to stop what it started fails the run, and leaves no load to the next one. */
function endLeftOvers(mark: string): void {
  const started = /supervisor\/main\.ts|asterisk|postgres|sipp|baresip/
  const left = processesOf(mark, mark).filter(({ command }) => started.test(command))
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0) throw new Error(`stories left running: ${left.map(({ command }) => command).join('; ')}`)
}
