/**
 * `npm run recheck [data folder]`: judges every stored decision again, from its facts, while Tandem runs. Ends with 0 when
 * each gives the answer that was given, with 1 when one does not, with 69 when there is no database to ask.
 */
import { join, resolve } from 'node:path'
import { recheck, type Admission } from '#admission'
import { openAdmissionStore } from '../adapters/postgres/admission.ts'
import { applicationUrl, openPool } from '../adapters/postgres/connection.ts'
import { readRuntime } from './runtime.ts'

/** sysexits.h: what it needs is not there. */
const EX_UNAVAILABLE = 69
/** So many are listed. */
const MOST_LISTED = 100

const folder = resolve(process.argv[2] ?? process.env['TANDEM_DATA'] ?? '.data')
const db = openPool(applicationUrl(databaseIn(folder)), 1)
try {
  const { decisions, exceptions } = await recheck(openAdmissionStore(db))
  for (const { id, given, now } of exceptions.slice(0, MOST_LISTED))
    console.log(`${id}: ${nameOf(given)} then, ${nameOf(now)} now`)
  console.log(`${decisions - exceptions.length} of ${decisions} decisions are the same`)
  process.exitCode = exceptions.length === 0 ? 0 : 1
} catch (error) {
  unavailable(`The database of ${folder} does not answer (${(error as Error).message}).`)
} finally {
  await db.destroy()
}

function databaseIn(data: string): string {
  try {
    return readRuntime(join(data, 'run/runtime.json')).database.appUrl
  } catch {
    return unavailable(`${data} is not the data folder of a Tandem that was started.`)
  }
}

function unavailable(fault: string): never {
  console.error(`${fault} Start Tandem, and name its data folder: npm run recheck -- FOLDER`)
  process.exit(EX_UNAVAILABLE)
}

/** The numbers that terms and refusals hold are nobody's business. */
function nameOf(admission: Admission): string {
  if (!admission.admitted) return admission.refusal.code
  const { path, routes } = admission.terms
  return `admitted (${path}, ${routes.length} routes)`
}
