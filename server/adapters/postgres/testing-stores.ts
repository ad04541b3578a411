import { openStores, type Stores } from './index.ts'
import { freshDatabase, type TestDatabase } from './testing.ts'

export type TestStores = {
  readonly stores: Stores
  readonly database: TestDatabase
  close(): Promise<void>
}

/** All stores on an empty database. */
export async function openTestStores(): Promise<TestStores> {
  const database = await freshDatabase()
  const stores = await openStores(database)
  return {
    stores,
    database,
    async close() {
      await stores.close()
      await database.drop()
    },
  }
}
