import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EnginePaths, openStores, type Stores } from './index.ts'
import { freshDatabase, type TestDatabase } from './testing.ts'

export type TestStores = {
  readonly stores: Stores
  readonly database: TestDatabase
  readonly paths: EnginePaths
  close(): Promise<void>
}

/** All stores on an empty database, and empty folders where the engine would write. */
export async function openTestStores(): Promise<TestStores> {
  const folder = mkdtempSync(join(tmpdir(), 'tdst-'))
  const paths = { celDir: join(folder, 'cel'), bootsDir: join(folder, 'boots') }
  for (const path of Object.values(paths)) mkdirSync(path)
  const database = await freshDatabase()
  const stores = await openStores(database, paths)
  return {
    stores,
    database,
    paths,
    async close() {
      await stores.close()
      await database.drop()
      rmSync(folder, { recursive: true })
    },
  }
}
