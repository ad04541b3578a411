/**
 * `npm run recheck [data folder]`: judges every stored decision again, from its facts, while Tandem runs. Ends with 0 when
 * each gives the answer that was given, with 1 when one does not, with 69 when there is no database to ask.
 */
import { recheck, type Admission } from '#admission'
import { openAdmissionStore } from '../adapters/postgres/admission.ts'
import { openPool } from '../adapters/postgres/connection.ts'
import { dataFolder } from './data-folder.ts'

/** So many are listed. */
const MOST_LISTED = 100

const data = dataFolder(process.argv[2], 'npm run recheck -- FOLDER')
const db = openPool(data.appUrl, 1)
try {
  const { decisions, exceptions } = await recheck(openAdmissionStore(db))
  for (const { id, given, now } of exceptions.slice(0, MOST_LISTED))
    console.log(`${id}: ${nameOf(given)} then, ${nameOf(now)} now`)
  console.log(`${decisions - exceptions.length} of ${decisions} decisions are the same`)
  process.exitCode = exceptions.length === 0 ? 0 : 1
} catch (error) {
  data.unavailable(error)
} finally {
  await db.destroy()
}

/** The numbers that terms and refusals hold are nobody's business. */
function nameOf(admission: Admission): string {
  if (!admission.admitted) return admission.refusal.code
  const { terms } = admission
  return terms.kind === 'network'
    ? `admitted (${terms.path})`
    : `admitted (${terms.path}, ${terms.routes.length} routes)`
}
