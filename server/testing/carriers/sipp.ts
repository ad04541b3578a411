import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../supervisor/ports.ts'

/** A telephone company made of SIPp: it does with every call what its scenario says. */
export type SippCarrier = {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
  /** Different calls of which it received such a request. */
  received(method: string): number
  /** The first INVITE as it came. */
  invite(): string
  close(): Promise<void>
}

let lastHost = 10

/** `transport` is what it listens on. Each has a loopback address of its own: the engine tells trunks apart by it. */
export async function startSipp(scenario: string, transport: 'udp' | 'tcp' = 'udp'): Promise<SippCarrier> {
  const host = `127.0.1.${++lastHost}`
  const folder = mkdtempSync(join(tmpdir(), 'tdsipp-'))
  const [file, log] = [join(folder, 'scenario.xml'), join(folder, 'messages.log')]
  writeFileSync(file, scenario)
  writeFileSync(log, '')
  const { port, child } = await listening({ host, transport, file, log, folder })
  const messages = (method: string): readonly string[] =>
    [...readFileSync(log, 'utf8').matchAll(/message received \[\d+\] bytes *:\s+([\s\S]*?)\n-{5}/g)]
      .map((match) => match[1] ?? '')
      .filter((message) => message.startsWith(`${method} `))
  return {
    host,
    port,
    transport,
    received: (method) => new Set(messages(method).map((message) => /^Call-ID: *(\S+)/im.exec(message)?.[1])).size,
    invite: () => messages('INVITE')[0] ?? '',
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** It listens once nobody else can. */
async function isFree({
  host,
  port,
  transport,
}: {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
}): Promise<boolean> {
  const probe = transport === 'udp' ? createSocket('udp4') : createServer()
  const address = { address: host, host, port, exclusive: true }
  try {
    if (probe instanceof Server) probe.listen(address)
    else probe.bind(address)
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise<void>((resolve) => void probe.close(() => resolve()))
  }
}

type Wanted = Pick<SippCarrier, 'host' | 'transport'> & {
  readonly file: string
  readonly log: string
  readonly folder: string
}

/** A port that was free may be taken by the time that it is bound, and beside the one for speech SIPp takes the second next. */
const TRIES = 3

async function listening({ host, transport, file, log, folder }: Wanted) {
  for (let tries = 1; ; tries++) {
    const [port, mediaPort] = [await freePort(host, 'tcp+udp'), await freePort(host, 'tcp+udp')]
    const at = [
      '-i',
      host,
      '-p',
      `${port}`,
      '-mi',
      host,
      '-mp',
      `${mediaPort}`,
      '-t',
      transport === 'tcp' ? 't1' : 'u1',
    ]
    const traces = ['-nostdin', '-rtp_echo', '-trace_msg', '-message_file', log, '-message_overwrite', 'false']
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'sipp', '-sf', file, ...at, ...traces], {
      cwd: folder,
      stdio: 'ignore',
    })
    while (child.exitCode === null && (await isFree({ host, port, transport }))) await pause(10)
    if (child.exitCode === null) return { port, child }
    if (tries === TRIES) throw new Error(`SIPp did not start: exit ${child.exitCode}`)
  }
}
