import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Layout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

/** Has no name where it is an id of ours. */
const userId = process.getuid?.() ?? -1
/** The longest name of a socket in such a folder. */
const longestName = '/.s.PGSQL.5432'

/** A socket's whole path must fit in 107 bytes, and the data folder's may be longer: so a short one elsewhere then. */
export function socketFolder(layout: Layout, name: 'postgres' | 'edge'): string {
  const near = join(layout.run, name)
  if (Buffer.byteLength(near) + longestName.length <= 107) return near
  const hash = createHash('sha256').update(layout.data).digest('hex').slice(0, 16)
  return join(tmpdir(), `tandem-${userId}-${hash}${name === 'postgres' ? '' : `-${name}`}`)
}

/** Who may enter this folder may use what listens in it, so a folder that somebody else prepared is refused. */
export function makeSocketFolder(layout: Layout, name: 'postgres' | 'edge'): string {
  const folder = socketFolder(layout, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== userId) {
    throw new StartRefused(`${folder} belongs to somebody else; remove it, or set TANDEM_DATA to a shorter path.`)
  }
  chmodSync(folder, 0o700)
  return folder
}
