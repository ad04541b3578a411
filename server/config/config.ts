import { isIP } from 'node:net'
import { z } from 'zod'

const port = z.int().min(0).max(65_535)
/** Milliseconds from a second to an hour: shorter is a typing error in seconds. */
const waitMs = z.int().min(1000).max(3_600_000)

/** An address or a network (CIDR), IPv4 or IPv6. One that takes in everybody would let everybody say who he is. */
const proxy = z.string().refine(isProxy, 'must be an address such as 127.0.0.1 or a network such as 10.0.0.0/24')

function isProxy(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128)
}

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')

const engine = z.strictObject({
  /** Where the engine listens for SIP and speech; what a carrier must be able to reach. */
  sipHost: z.string().min(1).default('127.0.0.1'),
  /** 0: a free one is chosen at each start. The same for the RTP range, which is inclusive. */
  sipPort: port.default(0),
  rtpPortFirst: port.default(0),
  rtpPortLast: port.default(0),
})

const calls = z.strictObject({
  /** From the first dial to giving up, all routes together. */
  ringTimeoutMs: waitMs.default(60_000),
  /** No RTP from the browser for this long ends the call. */
  browserGoneMs: waitMs.default(15_000),
  /** No INVITE this long after the answer to `POST /api/calls` ends the call. */
  abandonedMs: waitMs.default(20_000),
})

/** A host, `*.` and the end of one, or the origin of a receiver on this machine, which only tests have. */
const pushService = z
  .string()
  .regex(
    /^((\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+|http:\/\/127\.\d{1,3}\.\d{1,3}\.\d{1,3}:\d{1,5})$/,
    'must be a host such as push.example.com, or *.example.com for all below one',
  )

const push = z.strictObject({
  /** Where browsers may say that they are to be woken from; the server sends to no other host. */
  services: z
    .array(pushService)
    .default([
      'fcm.googleapis.com',
      'updates.push.services.mozilla.com',
      '*.notify.windows.com',
      'web.push.apple.com',
      '*.push.apple.com',
    ]),
  /** Whom a push service turns to about us; `null`: `publicUrl`. */
  contact: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'must begin with mailto: or https://')
    .nullable()
    .default(null),
})

export const configSchema = z.strictObject({
  /** The folder of all data; absolute after reading. */
  data: z.string().min(1),
  host: z.string().min(1).default('127.0.0.1'),
  /** 0: a free one is chosen. */
  port: port.default(8420),
  /** A demo organization and the simulated carrier; loopback only, since its passwords are printed. */
  demo: z.boolean().default(true),
  /** Whom Tandem works as when root starts it; `null`: who owns the data folder, or an id of its own if that is root. */
  user: z
    .union([z.string().min(1), z.int().min(1).transform(String)])
    .nullable()
    .default(null),
  /** `null`: the private Postgres in the data folder. */
  databaseUrl: postgresUrl.nullable().default(null),
  /** Who changes the schema of that database; `null`: the login of `databaseUrl`. */
  databaseOwnerUrl: postgresUrl.nullable().default(null),
  /** Where people reach Tandem when a proxy stands before it, such as `https://calls.example.com`. */
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  /** Proxies before us whose `X-Forwarded-For` is believed; nobody's by default. */
  trustedProxies: z.array(proxy).default([]),
  engine: engine.prefault({}),
  calls: calls.prefault({}),
  push: push.prefault({}),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})
export type Config = z.infer<typeof configSchema>

/** Something in the configuration that can't stand: where, what is wrong, what to do. */
export type ConfigFault = { readonly path: string; readonly message: string }

const LOOPBACK = /^(localhost|::1|\[::1\]|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/
export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/** What no single field shows: the demo's passwords are public, so nothing of it may leave this machine. */
export function contradictionsIn(config: Config): readonly ConfigFault[] {
  return [...demoFaults(config), ...databaseFaults(config), ...rtpFaults(config.engine)]
}

function databaseFaults({ databaseUrl, databaseOwnerUrl }: Config): readonly ConfigFault[] {
  if (databaseOwnerUrl === null || databaseUrl !== null) return []
  const message =
    'is the second login of a database of your own; set databaseUrl (DATABASE_URL) as well, or leave out both'
  return [{ path: 'databaseOwnerUrl', message }]
}

function demoFaults(config: Config): readonly ConfigFault[] {
  if (!config.demo) return []
  const addresses = [
    ['host', config.host],
    ['engine.sipHost', config.engine.sipHost],
    ['publicUrl', config.publicUrl === null ? 'localhost' : new URL(config.publicUrl).hostname],
  ] as const
  return addresses
    .filter(([, host]) => !isLoopback(host))
    .map(([path, host]) => ({
      path,
      message: `${host} can be reached from other machines, and the demo's passwords are public; set demo: false, or use 127.0.0.1`,
    }))
}

function rtpFaults(engine: Config['engine']): readonly ConfigFault[] {
  const { rtpPortFirst: first, rtpPortLast: last } = engine
  if (first === 0 && last === 0) return []
  if (first >= 1024 && last >= first + 99) return []
  return [
    {
      path: 'engine.rtpPortFirst',
      message: `${first}–${last} is no usable range; give a first port from 1024 and a last one at least 99 higher, or 0 and 0 to have one chosen`,
    },
  ]
}
