import { rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
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
  const tandem = await startTandem({
    name: 'shared',
    config: { calls: { ringTimeoutMs: 9000, abandonedMs: 4000, browserGoneMs: 6000 } },
  })
  const { address, data, operatorKey } = tandem
  project.provide('shared', { address, data, operatorKey })
  return async () => {
    await tandem.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
