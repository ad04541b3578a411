import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AriAddress } from '../../adapters/asterisk/index.ts'
import { ariUser, isAsteriskReady, prepareAsterisk, type AsteriskInstance } from '../../../supervisor/asterisk.ts'
import { findAsterisk } from '../../../supervisor/asterisk-program.ts'
import { Boots } from '../../../supervisor/boots.ts'
import { startChild, type Command, type Exit } from '../../../supervisor/child.ts'
import { checkout } from '../../../supervisor/layout.ts'
import { freeMediaRange, freePort } from '../../../supervisor/ports.ts'
import type { NameServer } from './name-server.ts'

/** A real Asterisk with the product's own configuration, as the supervisor would start it, in a folder of its own. */
export type TestAsterisk = {
  readonly address: AriAddress
  readonly sipHost: string
  readonly sipPort: number
  readonly celDir: string
  readonly bootsDir: string
  /** SIGKILL; returns when it is gone. Its exit is recorded, as the supervisor does. */
  kill(): Promise<void>
  /** It answers nobody until it is thawed. */
  freeze(): void
  thaw(): void
  /** Again, on the same ports and folder, with a new boot id. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Loopback addresses that stand for two networks: an engine tells a trunk by its address. */
const ENGINE_HOST = '127.0.0.1'
const NETWORK_HOST = '127.0.0.2'

export const networkTrunk = { username: 'tandem-trunk', password: 'trunk-password' }

/** `names`: who answers its questions to DNS; left out, this machine's own. */
export const startEngine = (names?: NameServer): Promise<TestAsterisk> =>
  start({ templates: 'deploy/asterisk/engine', sipHost: ENGINE_HOST, values: {}, names })

/** The demo's simulated phone network, which takes calls from `engine`. */
export const startNetwork = (engine: TestAsterisk): Promise<TestAsterisk> =>
  start({
    templates: 'server/demo/carrier',
    sipHost: NETWORK_HOST,
    values: {
      TRUNK_USER: networkTrunk.username,
      TRUNK_PASSWORD: networkTrunk.password,
      ENGINE_HOST: engine.sipHost,
      ENGINE_PORT: engine.sipPort,
    },
  })

type Plan = Pick<AsteriskInstance, 'sipHost' | 'values'> & {
  readonly templates: string
  readonly names?: NameServer | undefined
}

async function start({ templates, sipHost, values, names }: Plan): Promise<TestAsterisk> {
  const program = findAsterisk()
  if (program === null) throw new Error('no Asterisk: run npm start once, or scripts/install-asterisk.sh')
  const folder = mkdtempSync(join(tmpdir(), 'tdast-'))
  const boots = new Boots(join(folder, 'boots'))
  const [httpPort, sipPort, rtpFirst] = [
    await freePort('127.0.0.1', 'tcp'),
    await freePort(sipHost, 'tcp+udp'),
    freeMediaRange(200),
  ]
  const instance = {
    folder,
    templates: join(checkout, templates),
    httpPort,
    ariPassword: 'test-password',
    sipHost,
    sipPort,
    rtpPorts: { first: rtpFirst, last: rtpFirst + 199 },
    values,
  }
  const begin = async () => {
    const bootId = boots.nextId()
    const whole = { ...instance, systemName: bootId }
    const command = asking(names, folder, prepareAsterisk(program, whole))
    const { child, exited } = startChild(command, join(folder, 'console.log'))
    boots.begin(bootId)
    const ended = exited.then((exit: Exit) => boots.end(exit))
    while (!(await isAsteriskReady(whole))) await pause(20)
    return { child, ended }
  }
  let running = await begin()
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    running.child.kill(signal)
    await running.ended
  }
  return {
    address: { ariUrl: `http://127.0.0.1:${httpPort}/ari`, user: ariUser, password: 'test-password', app: 'tandem' },
    sipHost,
    sipPort,
    celDir: join(folder, 'cel'),
    bootsDir: join(folder, 'boots'),
    kill: () => end('SIGKILL'),
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    restart: async () => {
      running = await begin()
    },
    stop: async () => {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The resolver of the C library reads one file and has no setting beside it: the program gets a file system of its own. */
function asking(names: NameServer | undefined, folder: string, command: Command): Command {
  if (names === undefined) return command
  const file = join(folder, 'resolv.conf')
  writeFileSync(file, `nameserver ${names.address}\n`)
  const enter = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'] as const
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
  return { ...command, argv: [...enter, script, file, ...command.argv] }
}
