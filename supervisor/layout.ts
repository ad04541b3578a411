import { join, resolve } from 'node:path'

/** The checkout: everything that is read and never written at run time lies below it. */
export const checkout = resolve(import.meta.dirname, '..')

/** Every path in the data folder that more than one file of the supervisor needs. */
export function layoutOf(data: string) {
  const engine = join(data, 'engine')
  const run = join(data, 'run')
  return {
    data,
    lockFile: join(data, 'supervisor.json'),
    secretsFile: join(data, 'secrets.json'),
    postgres: join(data, 'postgres'),
    engine,
    boots: join(engine, 'boots'),
    carrier: join(data, 'carrier'),
    log: join(data, 'log'),
    run,
    hold: join(run, 'hold'),
    code: join(run, 'code'),
    partsFile: join(run, 'parts.json'),
    runtimeFile: join(run, 'runtime.json'),
    demoFile: join(run, 'demo.json'),
  }
}

export type Layout = ReturnType<typeof layoutOf>
