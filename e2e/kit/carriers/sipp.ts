import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeUdpPort } from './free-port.ts'

/** A telephone company made of SIPp: it does with each INVITE what its scenario says. */
export type Carrier = {
  readonly host: string
  readonly port: number
  /** Messages that it saw and sent, as SIPp logs them. */
  messages(): string
  /** Calls that reached it. */
  invites(): number
  close(): Promise<void>
}

/** Not the engine's own address: it tells trunks apart by where they come from. */
const DEFAULT_HOST = '127.0.0.3'

export async function startSipp(scenario: string, host = DEFAULT_HOST): Promise<Carrier> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-sipp-'))
  const port = await freeUdpPort(host)
  // Media take the next port too (RTCP); the kernel's ports are far enough apart in practice.
  const mediaPort = await freeUdpPort(host)
  const file = join(folder, 'scenario.xml')
  const log = join(folder, 'messages.log')
  writeFileSync(file, scenario)
  writeFileSync(log, '')
  const options = [
    '-sf',
    file,
    '-i',
    host,
    '-p',
    `${port}`,
    '-mi',
    host,
    '-mp',
    `${mediaPort}`,
    '-nostdin',
    '-rtp_echo',
  ]
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'sipp', ...options, '-trace_msg', '-message_file', log, '-message_overwrite', 'false'],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  )
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const messages = (): string => readFileSync(log, 'utf8')
  return {
    host,
    port,
    messages,
    invites: () =>
      new Set([...messages().matchAll(/received[^\n]*\n+INVITE [\s\S]*?Call-ID: (\S+)/gi)].map((match) => match[1]))
        .size,
    close: async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
