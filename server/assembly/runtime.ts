import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { configSchema } from '../config/config.ts'

const asterisk = z.object({
  ariUrl: z.url(),
  ariUser: z.string(),
  ariPassword: z.string(),
  sipHost: z.string(),
  sipPort: z.int(),
})

/** What the supervisor hands us: where the other parts are, and the secrets that we share with them. */
const runtimeSchema = z.object({
  config: configSchema,
  publicUrl: z.url(),
  database: z.object({ appUrl: z.string() }),
  server: z.object({ host: z.string(), port: z.int(), sessionKey: z.string().min(32), pushKey: z.string().min(32) }),
  engine: asterisk.extend({ celDir: z.string(), bootsDir: z.string() }),
  carrier: asterisk.extend({ digest: z.object({ username: z.string(), password: z.string() }) }).nullable(),
  edge: z.object({ ticketKey: z.string().min(32), controlSocket: z.string() }),
  partsFile: z.string(),
  demoFile: z.string(),
  webRoot: z.string(),
})
export type Runtime = z.infer<typeof runtimeSchema>

export function readRuntime(file: string | undefined): Runtime {
  if (file === undefined)
    throw new Error(
      'the server is started by the supervisor, which names its runtime file in TANDEM_RUNTIME; use: npm start',
    )
  return runtimeSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}
