/** Run by the supervisor before the server, with the owner's access that the server never has: brings the schema up to date. */
import { faultOfApplication } from '../adapters/postgres/application-login.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { databaseFault, placeOf, type DatabaseLogin } from './database-fault.ts'

/** sysexits.h: something in the configuration can't stand, so trying again would not help. */
const EX_CONFIG = 78

const { TANDEM_OWNER_URL: ownerUrl, TANDEM_APP_URL: appUrl, TANDEM_OWN_DATABASE: isOwnDatabase } = process.env
if (ownerUrl === undefined) throw new Error('the supervisor names the database in TANDEM_OWNER_URL; use: npm start')

const isOneLogin = appUrl === undefined
await using(() => migrate(ownerUrl), { setting: isOneLogin ? 'DATABASE_URL' : 'DATABASE_OWNER_URL', url: ownerUrl })
if (!isOneLogin) {
  const login = { setting: 'DATABASE_URL', url: appUrl } as const
  const fault = await using(() => faultOfApplication(appUrl), login)
  if (fault !== undefined)
    refuse(`DATABASE_URL: ${placeOf(login)}: ${fault}; docs/operating/configure.md says how, and start again.`)
}

/** What is wrong with a login is said to whoever set it; with the private database it would be a fault of ours. */
async function using<T>(work: () => Promise<T>, login: DatabaseLogin): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const sentence = isOwnDatabase === undefined ? databaseFault(error, login) : undefined
    if (sentence === undefined) throw error
    return refuse(sentence)
  }
}

function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(EX_CONFIG)
}
