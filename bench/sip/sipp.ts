import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../e2e/kit/until.ts'
import { callerScenario, carrierScenario, silentScenario, SPEECH, speakingScenario } from './scenarios.ts'

export type Carrier = { readonly host: string; readonly port: number; close(): Promise<void> }

export type Dialling = { readonly sipUser: string; readonly dial: string }

/** Telephones made of SIPp. */
export type Caller = {
  /** Dials now; resolves when the call was answered, held and hung up, each as it should be, and never otherwise. */
  call(dialling: Dialling): Promise<void>
  close(): Promise<void>
}

/** Telephones that stay in their calls until they are told. */
export type Holder = {
  /** Dials now; resolves when the call was answered, and never if it was not. */
  call(dialling: Dialling): Promise<HeldCall>
  close(): Promise<void>
}

export type HeldCall = {
  /** Resolves when it went on until now and is hung up, and never otherwise. */
  hangUp(): Promise<void>
}

/** Not the engine's own address: it tells trunks apart by where they come from. */
const CARRIER_HOST = '127.0.0.3'
const CALLER_HOST = '127.0.0.1'

/** `echoes`: what it hears it says, else it is silent. */
export async function startCarrier({ echoes = false } = {}): Promise<Carrier> {
  const port = await freeUdpPort(CARRIER_HOST)
  const echo = echoes ? ['-rtp_echo'] : []
  const sipp = startSipp(carrierScenario, ['-i', CARRIER_HOST, '-p', `${port}`, ...echo])
  return { host: CARRIER_HOST, port, close: sipp.close }
}

export async function startCaller(engine: SipAddress): Promise<Caller> {
  const phones = await startPhones(engine, callerScenario)
  return {
    call: (dialling) => phones.heard(phones.dial(dialling), 'Over'),
    close: phones.close,
  }
}

export async function startHolder(engine: SipAddress, { speaks }: { readonly speaks: boolean }): Promise<Holder> {
  const phones = await startPhones(engine, speaks ? speakingScenario : silentScenario)
  return {
    async call(dialling) {
      const callId = phones.dial(dialling)
      await phones.heard(callId, 'Up')
      return {
        hangUp() {
          phones.tell({ 'Call-ID': callId })
          return phones.heard(callId, 'Over')
        },
      }
    },
    close: phones.close,
  }
}

type SipAddress = { readonly sipHost: string; readonly sipPort: number }

/** Telephones that are commanded one by one over SIPp's 3PCC connection. */
async function startPhones(engine: SipAddress, scenario: string) {
  const [sipPort, linkPort] = [await freeUdpPort(CALLER_HOST), await freeTcpPort()]
  const where = ['-i', CALLER_HOST, '-p', `${sipPort}`, '-3pcc', `${CALLER_HOST}:${linkPort}`]
  const sipp = startSipp(scenario, [`${engine.sipHost}:${engine.sipPort}`, ...where])
  const link = await until('SIPp to take commands', () => connected(linkPort))
  const waiting = new Map<string, () => void>()
  hear(link, (command) => {
    const callId = /Call-ID: (\S+)/.exec(command)?.[1]
    const word = `${callId} ${/(\S+): yes/.exec(command)?.[1]}`
    waiting.get(word)?.()
    waiting.delete(word)
  })
  const tell = (fields: Readonly<Record<string, string>>): void => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    link.write(`${lines.join('')}\r\n${END_OF_COMMAND}`)
  }
  let calls = 0
  return {
    tell,
    dial({ sipUser, dial }: Dialling): string {
      const callId = `bench-${++calls}`
      tell({ 'Call-ID': callId, Dial: dial, User: sipUser })
      return callId
    },
    /** Never, if the call goes another way. */
    heard: (callId: string, word: 'Up' | 'Over'): Promise<void> =>
      new Promise((done) => waiting.set(`${callId} ${word}`, done)),
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
  writeFileSync(join(folder, SPEECH.file), SPEECH.bytes)
  // When the bench dies, so does it.
  const words = ['--pdeathsig', 'KILL', 'sipp', '-sf', 'scenario.xml', '-nostdin', ...options]
  const child = spawn('setpriv', words, { cwd: folder, stdio: 'ignore' })
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
