import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestTandem } from './testing/tandem.ts'

const number = '13812345678'
/** What strangers send: no SIP at all, headers that are none, a length that is a lie. */
const malformed = [
  `${number} is no SIP\r\n\r\n`,
  `INVITE sip:${number}@x SIP/2.0\r\nVia: nonsense\r\nFrom: <sip:${number}@x>\r\nTo: ${number}\r\nCSeq: 1 INVITE\r\n\r\n`,
  `INVITE sip:${number}@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:${number}@x>;tag=1\r\nTo: <sip:${number}@x>\r\nCall-ID: ${number}\r\nCSeq: 1 FOO\r\nContent-Length: 0\r\n\r\n`,
  `REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK2\r\nFrom: <sip:${number}@x>;tag=1\r\nTo: <sip:${number}@x>\r\nCall-ID: 2\r\nCSeq: 1 REGISTER\r\nContact: <sip:\u0001>\r\nContent-Length: 99999\r\n\r\n`,
]
const packets = 10_000

let tandem: TestTandem
beforeAll(async () => {
  tandem = await new TestTandem().start()
})
afterAll(() => tandem.remove())

const logs = () => readdirSync(tandem.layout.log).map((name) => join(tandem.layout.log, name))
const bytes = () => logs().reduce((sum, path) => sum + statSync(path).size, 0)

async function floodByUdp(host: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  for (let sent = 0; sent < packets; sent++) {
    await new Promise((resolve) => socket.send(malformed[sent % malformed.length] ?? '', port, host, resolve))
  }
  socket.close()
}

async function floodByTcp(host: string, port: number): Promise<void> {
  for (let sent = 0; sent < packets; sent += 100) {
    const socket = connect(port, host)
    socket.on('error', () => {}) // The engine may close first.
    socket.resume()
    socket.end((malformed[(sent / 100) % malformed.length] ?? '').repeat(100))
    await once(socket, 'close')
  }
}

it('strangers who send 10,000 malformed packets leave no number and few bytes in the logs', async () => {
  const { sipHost, sipPort } = tandem.runtime.engine
  const [before, { restarts }] = [bytes(), tandem.part('engine')]
  await floodByUdp(sipHost, sipPort)
  await floodByTcp(sipHost, sipPort)
  tandem.signal('SIGTERM') // What was said is in the files then.
  await tandem.exit()
  expect(tandem.part('engine').restarts).toBe(restarts)
  expect(bytes() - before).toBeLessThan(64 * 1024)
  for (const path of logs()) expect(readFileSync(path, 'utf8')).not.toContain(number)
})
