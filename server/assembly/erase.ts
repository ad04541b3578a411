/**
 * `npm run erase -- --organization CODE --number +861… [--data FOLDER]`: forgets whom an organization called, while Tandem runs:
 * see docs/operating/kept.md. Ends with 0 when it is done, with 1 when a call to it goes on and has to be forgotten later, with
 * 64 when it was asked wrongly, with 69 when there is no database to ask.
 */
import { parseArgs } from 'node:util'
import { parsePhoneNumber } from '#kernel'
import { openPool } from '../adapters/postgres/connection.ts'
import { openDirectoryStore } from '../adapters/postgres/directory.ts'
import { openNumberStore } from '../adapters/postgres/numbers.ts'
import { clock } from './clock.ts'
import { dataFolder } from './data-folder.ts'

/** sysexits.h: the command was used wrongly. */
const EX_USAGE = 64
const USAGE = 'npm run erase -- --organization CODE --number +8613900000001 [--data FOLDER]'

const asked = read()
const data = dataFolder(asked.data, USAGE)
const db = openPool(data.appUrl, 1)
try {
  const organizations = await openDirectoryStore(db).organizations()
  const organization = organizations.find(({ id, code }) => code === asked.organization || id === asked.organization)
  if (organization === undefined) wrong(`There is no organization ${asked.organization}.`)
  const { e164, national } = asked.number
  const erasure = { organizationId: organization.id, e164, national, at: clock.now(), actor: 'operator:command' }
  const { numbers, calls, unfinished } = await openNumberStore(db).erase(erasure)
  console.log(`${numbers} writings of the number are erased, and ${calls} calls are blanked`)
  if (unfinished > 0) console.log(`${unfinished} calls to it go on: run this again when they are over`)
  process.exitCode = unfinished === 0 ? 0 : 1
} catch (error) {
  data.unavailable(error)
} finally {
  await db.destroy()
}

function read() {
  try {
    const options = { organization: { type: 'string' }, number: { type: 'string' }, data: { type: 'string' } } as const
    const { organization, number, data: folder } = parseArgs({ options }).values
    // Whose country it is must be written: what is erased is gone.
    const parsed = number?.startsWith('+') === true ? parsePhoneNumber(number, 'ZZ') : undefined
    if (organization === undefined || parsed === undefined)
      return wrong('An organization and a number with + are needed.')
    return { organization, number: parsed, data: folder }
  } catch (error) {
    return wrong((error as Error).message)
  }
}

function wrong(fault: string): never {
  console.error(`${fault} ${USAGE}`)
  process.exit(EX_USAGE)
}
