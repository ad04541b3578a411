import { join, resolve } from 'node:path'
import { applicationUrl } from '../adapters/postgres/connection.ts'
import { readRuntime } from './runtime.ts'

/** sysexits.h: what it needs is not there. */
const EX_UNAVAILABLE = 69

/** The data of a Tandem that was started, for a command that asks its database; `usage`: how to name another. */
export type DataFolder = { readonly appUrl: string; unavailable(fault: unknown): never }

export function dataFolder(named: string | undefined, usage: string): DataFolder {
  const folder = resolve(named ?? process.env['TANDEM_DATA'] ?? '.data')
  const end = (fault: string): never => {
    console.error(`${fault} Start Tandem, and name its data folder: ${usage}`)
    process.exit(EX_UNAVAILABLE)
  }
  return {
    appUrl: databaseIn(folder) ?? end(`${folder} is not the data folder of a Tandem that was started.`),
    unavailable: (fault) => end(`The database of ${folder} does not answer (${(fault as Error).message}).`),
  }
}

function databaseIn(data: string): string | undefined {
  try {
    return applicationUrl(readRuntime(join(data, 'run/runtime.json')).database.appUrl)
  } catch {
    return undefined
  }
}
