import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Handset } from './kit/handset.ts'
import { demo, Softphone } from './kit/softphone.ts'
import { person, shared } from './kit/stage.ts'

const member = await person(440)
const customer = await person(900)

test('the demo’s speech stays on this machine: no other address is told to a browser, and none is listened on', async () => {
  const { address, data } = shared()
  const [page, phonePage] = [await member.page(), await customer.page()]
  for (const each of [page, phonePage]) await each.addInitScript(keepConnections)
  const handset = await Handset.open(phonePage, address, '+8613900000004')
  const phone = await Softphone.open(page, address, demo.driver)
  await phone.call('139 0000 0004')
  await handset.press('Answer')
  await phone.expectState('connected')

  for (const each of [page, phonePage]) {
    const told = addressesIn(await each.evaluate(remoteDescriptions))

    expect(told.length).toBeGreaterThan(0)
    expect(told.filter((one) => !one.startsWith('127.'))).toEqual([])
  }
  for (const part of ['engine', 'carrier'] as const) {
    const speech = speechAddresses(data, part)
    expect(speech.length).toBeGreaterThan(1)
    expect(speech.filter((one) => !one.startsWith('127.'))).toEqual([])
  }
  await phone.press('Hang up')
})

/** Runs in the page before its own scripts. */
function keepConnections(): void {
  const kept: RTCPeerConnection[] = []
  const Native = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Native {
    constructor(...configuration: ConstructorParameters<typeof Native>) {
      super(...configuration)
      kept.push(this)
    }
  }
  Object.assign(window, { __connections: kept })
}

const remoteDescriptions = (): string =>
  (window as unknown as { __connections: RTCPeerConnection[] }).__connections
    .map(({ remoteDescription }) => remoteDescription?.sdp ?? '')
    .join('\n')

/** Connection lines (RFC 8866, 5.7) and ICE candidates (RFC 8839, 5.1). */
const addressesIn = (sdp: string): readonly string[] =>
  [...sdp.matchAll(/^c=IN IP[46] (\S+)|^a=candidate:(?:\S+ ){4}(\S+)|^o=(?:\S+ ){5}(\S+)/gm)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

/** Where the part takes speech, from what the kernel tells of its sockets. */
function speechAddresses(data: string, part: 'engine' | 'carrier'): readonly string[] {
  const { pid } = read(join(data, 'run/parts.json')).parts[part]
  const { first, last } = read(join(data, 'run/runtime.json'))[part].rtpPorts
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlink(`/proc/${pid}/fd/${fd}`))?.[1]
      return inode === undefined ? [] : [inode]
    }),
  )
  return ['udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => sockets.has(fields[9] ?? ''))
      .map((fields) => (fields[1] ?? '').split(':'))
      .filter(([, port = '']) => Number.parseInt(port, 16) >= first && Number.parseInt(port, 16) <= last)
      .map(([address = '']) => addressFrom(address)),
  )
}

function readlink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // Closed meanwhile.
  }
}

/** IPv4 as the kernel prints it: one little-endian number. IPv6 is left as it is: none is expected. */
const addressFrom = (hex: string): string =>
  hex.length === 8 ? [...Buffer.from(hex, 'hex')].toReversed().join('.') : `[${hex}]`
