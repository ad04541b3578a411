import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { TestTandem } from './testing/tandem.ts'

/** The simulated phone network as the engine meets it, on two trunks that were added while it runs. */

type AriEvent = {
  type: string
  channel?: { id: string; state: string }
  cause?: number
  tech_cause?: number
  digit?: string
}

let tandem: TestTandem
let socket: WebSocket
const events: AriEvent[] = []

beforeAll(async () => {
  tandem = await new TestTandem().start()
  const { carrier, engine } = tandem.runtime
  if (carrier === null) throw new Error('The demo has a carrier')
  const contact = `sip:${carrier.sipHost}:${carrier.sipPort}`
  const { username, password } = carrier.digest
  const usual = { context: 'from-trunk', transport: 'transport-udp', disallow: 'all', allow: 'alaw', identify_by: 'ip' }
  await push('auth', 'digest', { auth_type: 'userpass', username, password })
  await push('aor', 'digest', { contact })
  await push('endpoint', 'digest', { ...usual, aors: 'digest', outbound_auth: 'digest', from_user: username })
  await push('registration', 'digest', {
    server_uri: contact,
    client_uri: `sip:${username}@${carrier.sipHost}`,
    contact_user: username,
    outbound_auth: 'digest',
    transport: 'transport-udp',
  })
  await push('aor', 'address', { contact })
  await push('endpoint', 'address', { ...usual, aors: 'address' })
  const key = `${engine.ariUser}:${engine.ariPassword}`
  socket = new WebSocket(
    `${engine.ariUrl.replace('http', 'ws')}/events?app=tandem&subscribeAll=true&api_key=${encodeURIComponent(key)}`,
  )
  socket.addEventListener('message', ({ data }) => events.push(JSON.parse(String(data)) as AriEvent))
  await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.OPEN))
})

afterAll(async () => {
  socket.close()
  await tandem.remove()
})

async function ari(method: string, path: string, body?: unknown): Promise<unknown> {
  const { ariUrl, ariUser, ariPassword } = tandem.runtime.engine
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(ariUrl + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? null : answer.json()
}

function push(type: string, id: string, values: Record<string, string>): Promise<unknown> {
  const fields = Object.entries(values).map(([attribute, value]) => ({ attribute, value }))
  return ari('PUT', `/asterisk/config/dynamic/res_pjsip/${type}/${id}`, { fields })
}

async function dial(number: string, trunk: string, ringSeconds = 20): Promise<string> {
  const id = crypto.randomUUID()
  const endpoint = encodeURIComponent(`PJSIP/${number}@${trunk}`)
  await ari('POST', `/channels?app=tandem&channelId=${id}&timeout=${ringSeconds}&endpoint=${endpoint}`)
  return id
}

function seen(id: string, type: string, state?: string): Promise<AriEvent> {
  return vi.waitFor(
    () => {
      const event = events.find(
        (each) => each.type === type && each.channel?.id === id && (state ?? each.channel.state) === each.channel.state,
      )
      if (event === undefined) throw new Error(`${type} ${state ?? ''} of ${id} was not seen`)
      return event
    },
    { timeout: 15_000, interval: 10 },
  )
}

it.each(['digest', 'address'])('answers on the %s trunk', async (trunk) => {
  const id = await dial('+8613000000002', trunk)
  await seen(id, 'ChannelStateChange', 'Up')
  await ari('DELETE', `/channels/${id}`)
  expect(await seen(id, 'ChannelDestroyed')).toMatchObject({ cause: 16 })
})

it.each(['+8613000000001', '008613000000001', '8613000000001', '13000000001', '013000000001'])(
  'understands %s',
  async (number) => {
    const id = await dial(number, 'address')
    await seen(id, 'ChannelStateChange', 'Up')
    await ari('DELETE', `/channels/${id}`)
  },
)

it.each([
  { number: '+8613000000004', does: 'is busy', cause: 17, sip: 486 },
  { number: '+8613000000005', does: 'is unallocated', cause: 1, sip: 404 },
  { number: '+8613000000006', does: 'is out of order', cause: 34, sip: 503 },
  { number: '+8613000000007', does: 'refuses after its announcement', cause: 21, sip: 403 },
])('$number $does', async ({ number, cause, sip }) => {
  const id = await dial(number, 'digest')
  expect(await seen(id, 'ChannelDestroyed')).toMatchObject({ cause, tech_cause: sip })
})

it.each(['+8613000000003', '+8613912345678'])('%s rings until the caller gives up', async (number) => {
  const id = await dial(number, 'digest', 1)
  await seen(id, 'ChannelStateChange', 'Ringing')
  expect(await seen(id, 'ChannelDestroyed')).toMatchObject({ cause: 19 })
})

it('hangs up after 5 s on 08', async () => {
  const id = await dial('+8613000000008', 'digest')
  await seen(id, 'ChannelStateChange', 'Up')
  expect(await seen(id, 'ChannelDestroyed')).toMatchObject({ cause: 16 })
})

it('says each key back on 09', async () => {
  const id = await dial('+8613000000009', 'digest')
  await seen(id, 'ChannelStateChange', 'Up')
  for (const key of '5*#0') {
    // Asterisk's Answer() is deaf until the first speech comes, 500 ms at most: who presses a key so early presses again.
    await vi.waitFor(
      async () => {
        await ari('POST', `/channels/${id}/dtmf?dtmf=${encodeURIComponent(key)}`)
        await vi.waitFor(() => expect(keysHeard(id)).toContain(key), { timeout: 1_000, interval: 10 })
      },
      { timeout: 10_000 },
    )
  }
  await ari('DELETE', `/channels/${id}`)
})

function keysHeard(id: string): (string | undefined)[] {
  return events
    .filter(({ type, channel }) => type === 'ChannelDtmfReceived' && channel?.id === id)
    .map(({ digit }) => digit)
}
