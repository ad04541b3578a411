import { join } from 'node:path'
import { ariUser } from './asterisk.ts'
import type { Config } from './config.ts'
import { checkout } from './layout.ts'
import type { Layout } from './layout.ts'
import { freeMediaRange, freePort, refuseTakenPort } from './ports.ts'
import { databaseOf } from './postgres.ts'
import type { Secrets } from './secrets.ts'
import { socketFolder } from './socket-folder.ts'

type SipEngine = {
  ariUrl: string
  ariUser: string
  ariPassword: string
  /** SIP over WebSocket; loopback only, the edge leads there. */
  wsUrl: string
  sipHost: string
  sipPort: number
}

/**
 * Everything that the parts need to find each other, handed to server and edge as the file in `TANDEM_RUNTIME`. The
 * ports are chosen once per start of the supervisor and stay the same over the restarts of a part.
 */
export type Runtime = {
  config: Config
  publicUrl: string
  /** As the application's role. */
  database: { appUrl: string }
  /** Where the server must listen; the edge leads there. */
  server: { host: string; port: number; sessionKey: string; pushKey: string }
  engine: SipEngine & {
    rtpPorts: { first: number; last: number }
    etcDir: string
    celDir: string
    bootsDir: string
    /** Holds the boot id of the instance that runs, or ran last. */
    currentBootFile: string
    soundsDir: string
  }
  /** `null`: no demo, so no simulated phone network. */
  carrier:
    | (SipEngine & { rtpPorts: { first: number; last: number }; digest: { username: string; password: string } })
    | null
  edge: {
    host: string
    port: number
    ticketKey: string
    /** A Unix socket, mode 0600, on which the server tells the edge whose SIP sockets are over. */
    controlSocket: string
  }
  partsFile: string
  holdDir: string
  /** In demo mode the server writes here whom one may sign in as; the supervisor prints it. */
  demoFile: string
  webRoot: string
}

const mediaPortCount = 400
/**
 * An address of its own: the engine tells a trunk by its address, and on the same one it would take its browsers, whose
 * signalling comes from loopback too, for the carrier.
 */
const carrierHost = '127.0.0.2'
export const trunkUser = 'tandem-trunk'

export async function planRuntime(config: Config, layout: Layout, secrets: Secrets): Promise<Runtime> {
  const port = config.port === 0 ? await freePort(config.host, 'tcp') : config.port
  await refuseTakenPort(config.host, port)
  return {
    // Whoever migrates is told the owner's login by itself.
    config: { ...config, databaseOwnerUrl: null },
    publicUrl: config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    database: { appUrl: databaseOf(config, layout, secrets).appUrl },
    server: {
      host: '127.0.0.1',
      port: await freePort('127.0.0.1', 'tcp'),
      sessionKey: secrets.sessionKey,
      pushKey: secrets.pushKey,
    },
    engine: await planEngine(config, layout, secrets),
    carrier: config.demo ? await planCarrier(secrets) : null,
    edge: {
      host: config.host,
      port,
      ticketKey: secrets.ticketKey,
      controlSocket: join(socketFolder(layout, 'edge'), 'control'),
    },
    partsFile: layout.partsFile,
    holdDir: layout.hold,
    demoFile: layout.demoFile,
    webRoot: join(checkout, 'web/dist'),
  }
}

async function planEngine(config: Config, layout: Layout, secrets: Secrets): Promise<Runtime['engine']> {
  const { sipHost, sipPort, rtpPortFirst, rtpPortLast } = config.engine
  const rtpPorts = rtpPortFirst === 0 ? chooseMediaPorts() : { first: rtpPortFirst, last: rtpPortLast }
  return {
    ...(await planHttp(secrets.ariPassword)),
    sipHost,
    sipPort: sipPort === 0 ? await freePort(sipHost, 'tcp+udp') : sipPort,
    rtpPorts,
    etcDir: join(layout.engine, 'etc'),
    celDir: join(layout.engine, 'cel'),
    bootsDir: layout.boots,
    currentBootFile: join(layout.boots, 'current'),
    soundsDir: join(layout.engine, 'sounds'),
  }
}

async function planCarrier(secrets: Secrets): Promise<NonNullable<Runtime['carrier']>> {
  return {
    ...(await planHttp(secrets.carrierAriPassword)),
    sipHost: carrierHost,
    sipPort: await freePort(carrierHost, 'tcp+udp'),
    rtpPorts: chooseMediaPorts(),
    digest: { username: trunkUser, password: secrets.carrierTrunkPassword },
  }
}

async function planHttp(ariPassword: string) {
  const port = await freePort('127.0.0.1', 'tcp')
  return { ariUrl: `http://127.0.0.1:${port}/ari`, ariUser, ariPassword, wsUrl: `ws://127.0.0.1:${port}/ws` }
}

function chooseMediaPorts() {
  const first = freeMediaRange(mediaPortCount)
  return { first, last: first + mediaPortCount - 1 }
}
