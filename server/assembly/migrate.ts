/** Run by the supervisor before the server, with the owner's access that the server never has: brings the schema up to date. */
import { migrate } from '../adapters/postgres/migrate.ts'
import { databaseFault } from './database-fault.ts'

/** sysexits.h: something in the configuration can't stand, so trying again would not help. */
const EX_CONFIG = 78

const { TANDEM_OWNER_URL: ownerUrl, TANDEM_OWN_DATABASE: isOwnDatabase } = process.env
if (ownerUrl === undefined) throw new Error('the supervisor names the database in TANDEM_OWNER_URL; use: npm start')
await migrate(ownerUrl).catch((error: unknown) => {
  const sentence = isOwnDatabase === undefined ? databaseFault(error, ownerUrl) : undefined
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(EX_CONFIG)
})
