import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { placedCall } from '@tandem/contract'
import { Api, signIn } from '../e2e/kit/api.ts'
import { addMember, addTrunk, setUpOrganization } from '../e2e/kit/outsider.ts'
import { startTandem, type Tandem } from '../e2e/kit/tandem.ts'
import { until } from '../e2e/kit/until.ts'

/** A whole Tandem without the demo, set up by its API, and members whose telephones speak plain SIP. */
export type Stage = {
  readonly tandem: Tandem
  readonly engine: EngineAddress
  readonly callers: readonly StageCaller[]
  readonly ari: AskAri
  /** The last one added comes first. The answer is the trunk's id, by which the engine knows it. */
  addTrunk(address: { readonly host: string; readonly port: number }): Promise<string>
  /** Users `plain-0`, `plain-1`, …, as many as callers, whose calls go to a bare `Dial()` over that trunk. */
  addBareDial(trunkId: string): Promise<void>
  stop(): Promise<void>
}

/** One signed-in member. */
export type StageCaller = { readonly api: Api; readonly sipUser: string }

type AskAri = (method: string, path: string, body?: unknown) => Promise<unknown>
type EngineAddress = { readonly sipHost: string; readonly sipPort: number; readonly etcDir: string }

/**
 * Requests are limited per session (1200 a minute), and so are tries of one member that led to no conversation as far as
 * is written down yet: a busy hour needs many.
 */
const CALLERS = 60
/** Passwords cost time, and more than so many at once are told to come again. */
const SIGNED_IN_AT_ONCE = 10
/** One for all, which SIPp's scenario holds. */
export const SIP_ACCOUNT = { username: 'bench', password: 'bench' }
export const DIALLED = '+8613912345678'

export async function startStage(name: string): Promise<Stage> {
  const tandem = await startTandem({ name, config: { demo: false, engine: widePortRange() } })
  try {
    return await setUp(tandem)
  } catch (fault) {
    await tandem.stop()
    throw fault
  }
}

async function setUp(tandem: Tandem): Promise<Stage> {
  const operator = new Api(tandem.address, tandem.operatorKey)
  const { engine } = JSON.parse(readFileSync(join(tandem.data, 'run/runtime.json'), 'utf8'))
  const ari = askAri(engine)
  let trunks = 0
  // A call can only be placed over a trunk; nobody listens behind this one.
  await addTrunk(operator, 'Nowhere', { host: '127.0.0.9', port: 9, priority: 1000 })
  const callers = await addCallers(operator)
  await put(ari, `auth/${SIP_ACCOUNT.username}`, { auth_type: 'userpass', ...SIP_ACCOUNT })
  for (const { sipUser } of callers) {
    // What the server pushed is for a browser: DTLS, ICE, Opus.
    await ari('DELETE', `/asterisk/config/dynamic/res_pjsip/endpoint/${sipUser}`)
    await put(ari, `endpoint/${sipUser}`, { ...PLAIN_TELEPHONE, context: 'from-user' })
  }
  return {
    tandem,
    engine,
    callers,
    ari,
    async addTrunk(address) {
      trunks += 1
      const { id } = await addTrunk(operator, `Bench ${trunks}`, { ...address, priority: 100 - trunks })
      return id
    },
    addBareDial: (trunkId) => addBareDial({ ari, engine, trunkId }),
    async stop() {
      await tandem.stop()
      rmSync(tandem.data, { recursive: true, force: true })
    },
  }
}

/** The usual 400 ports would end at a hundred calls. */
function widePortRange(): { readonly rtpPortFirst: number; readonly rtpPortLast: number } {
  const first = 12_000 + 2 * Math.floor(Math.random() * 5_000)
  return { rtpPortFirst: first, rtpPortLast: first + 7_999 }
}

async function addCallers(operator: Api): Promise<readonly StageCaller[]> {
  // The most that a plan may say.
  const concurrency = { member: 100, organization: 100_000 }
  const { id } = await setUpOrganization(operator, { organizationMs: 10_000_000 * 60_000, concurrency })
  const accounts = Array.from({ length: CALLERS }, (_, at) => ({
    login: `bench-${at}`,
    password: 'a long enough password',
  }))
  const callers: StageCaller[] = []
  for (let from = 0; from < CALLERS; from += SIGNED_IN_AT_ONCE) {
    const some = accounts.slice(from, from + SIGNED_IN_AT_ONCE)
    callers.push(...(await Promise.all(some.map((account) => addCaller(operator, id, account)))))
  }
  return callers
}

async function addCaller(operator: Api, organizationId: string, account: Account): Promise<StageCaller> {
  await addMember(operator, organizationId, account)
  const api = await signIn(operator.address, account.login, account.password)
  const { call, dialIn } = await api.post('/api/calls', { to: { number: DIALLED } }, placedCall)
  await api.ask('POST', `/api/calls/${call.id}/hangup`)
  return { api, sipUser: dialIn.sipUser }
}

type Account = { readonly login: string; readonly password: string }

const PLAIN_TELEPHONE = {
  disallow: 'all',
  allow: 'alaw',
  direct_media: 'no',
  rtp_symmetric: 'yes',
  auth: SIP_ACCOUNT.username,
}

/** The dialplan of the same Asterisk, with nothing but what Dial needs. */
async function addBareDial({ ari, engine, trunkId }: { ari: AskAri; engine: EngineAddress; trunkId: string }) {
  appendFileSync(
    join(engine.etcDir, 'extensions.conf'),
    `
[bench]
exten => _+X.,1,Dial(PJSIP/\${EXTEN}@${trunkId},20)
 same => n,Hangup()
exten => answered,1,Hangup(16)
`,
  )
  await ari('POST', '/asterisk/modules/app_dial.so')
  await ari('PUT', '/asterisk/modules/pbx_config.so')
  for (let at = 0; at < CALLERS; at++) await put(ari, `endpoint/plain-${at}`, { ...PLAIN_TELEPHONE, context: 'bench' })
}

const put = (ari: AskAri, name: `${'auth' | 'endpoint'}/${string}`, options: Readonly<Record<string, string>>) =>
  ari('PUT', `/asterisk/config/dynamic/res_pjsip/${name}`, {
    fields: Object.entries(options).map(([attribute, value]) => ({ attribute, value })),
  })

function askAri({
  ariUrl,
  ariUser,
  ariPassword,
}: Readonly<Record<'ariUrl' | 'ariUser' | 'ariPassword', string>>): AskAri {
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString('base64')}`
  return async (method, path, body) => {
    const response = await fetch(`${ariUrl}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}

/** No channel, and every call written down to its end. */
export async function idle({ callers, ari }: Stage): Promise<void> {
  const { api } = callers[0]!
  await until(
    'the calls to end',
    async () => {
      const channels = (await ari('GET', '/channels')) as readonly unknown[]
      if (channels.length > 0) return false
      const { body } = await api.ask('GET', '/api/calls?live=true')
      return (body as { items: readonly unknown[] }).items.length === 0
    },
    90_000,
  )
}
