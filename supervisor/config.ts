import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { checkout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

/** What `server/config/print.ts` prints; that folder owns the meaning and the validation. */
export type Config = {
  /** Absolute. */
  data: string
  host: string
  /** 0: a free one is chosen at each start. */
  port: number
  demo: boolean
  /** Name or id of whom Tandem works as when root starts it; `null`: the data folder's owner, or one of our own. */
  user: string | null
  /** `null`: the private Postgres. */
  databaseUrl: string | null
  /** Who changes the schema there; `null`: the same login as everything else. */
  databaseOwnerUrl: string | null
  publicUrl: string | null
  /** Addresses and CIDR networks. */
  trustedProxies: string[]
  engine: {
    sipHost: string
    /** 0: a free one is chosen at each start; the same for the RTP range, which is inclusive. */
    sipPort: number
    rtpPortFirst: number
    rtpPortLast: number
  }
}

export function readConfig(): Config {
  const printer = join(checkout, 'server/config/print.ts')
  const printed = spawnSync(process.execPath, [printer], { encoding: 'utf8', cwd: checkout })
  if (printed.status === 0) return JSON.parse(printed.stdout) as Config
  throw new StartRefused(
    printed.stderr.trim() ||
      `The configuration could not be read (${printed.error?.message ?? `exit ${printed.status}`}).`,
  )
}
