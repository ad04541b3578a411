import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../e2e/kit/until.ts'
import { callerScenario, carrierScenario } from './scenarios.ts'

export type Carrier = { readonly host: string; readonly port: number; close(): Promise<void> }

export type Dialling = { readonly sipUser: string; readonly dial: string }

/** Telephones made of SIPp. */
export type Caller = {
  /** Dials now; resolves when the call was answered, held and hung up, each as it should be, and never otherwise. */
  call(dialling: Dialling): Promise<void>
  close(): Promise<void>
}

/** Not the engine's own address: it tells trunks apart by where they come from. */
const CARRIER_HOST = '127.0.0.3'
const CALLER_HOST = '127.0.0.1'

export async function startCarrier(): Promise<Carrier> {
  const port = await freeUdpPort(CARRIER_HOST)
  const sipp = startSipp(carrierScenario, ['-i', CARRIER_HOST, '-p', `${port}`])
  return { host: CARRIER_HOST, port, close: sipp.close }
}

export async function startCaller(engine: { readonly sipHost: string; readonly sipPort: number }): Promise<Caller> {
  const [sipPort, linkPort] = [await freeUdpPort(CALLER_HOST), await freeTcpPort()]
  const where = ['-i', CALLER_HOST, '-p', `${sipPort}`, '-3pcc', `${CALLER_HOST}:${linkPort}`]
  const sipp = startSipp(callerScenario, [`${engine.sipHost}:${engine.sipPort}`, ...where])
  const link = await until('SIPp to take commands', () => connected(linkPort))
  const waiting = new Map<string, () => void>()
  hear(link, (command) => {
    const callId = /Call-ID: (\S+)/.exec(command)?.[1] ?? ''
    waiting.get(callId)?.()
    waiting.delete(callId)
  })
  let calls = 0
  return {
    call({ sipUser, dial }) {
      const callId = `bench-${++calls}`
      const over = new Promise<void>((done) => waiting.set(callId, done))
      link.write(`Call-ID: ${callId}\r\nDial: ${dial}\r\nUser: ${sipUser}\r\n\r\n${END_OF_COMMAND}`)
      return over
    },
    async close() {
      link.destroy()
      await sipp.close()
    },
  }
}

const END_OF_COMMAND = '\x1b'

function hear(link: Socket, listener: (command: string) => void): void {
  let rest = ''
  link.on('error', () => undefined) // A SIPp that ended answers no call any more, and that is seen.
  link.on('data', (chunk) => {
    const commands = (rest + chunk.toString()).split(END_OF_COMMAND)
    rest = commands.pop() ?? ''
    commands.forEach(listener)
  })
}

function connected(port: number): Promise<Socket> {
  const socket = connect(port, CALLER_HOST)
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

function startSipp(scenario: string, options: readonly string[]): { readonly close: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-sipp-'))
  writeFileSync(join(folder, 'scenario.xml'), scenario)
  const child = spawn('sipp', ['-sf', 'scenario.xml', '-nostdin', ...options], { cwd: folder, stdio: 'ignore' })
  child.on('error', (fault) => {
    throw fault
  })
  return { close: () => end(child, folder) }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  rmSync(folder, { recursive: true, force: true })
}

async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, CALLER_HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
