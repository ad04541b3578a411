import { call, pageOf, placedCall, type WireDialIn, type WireRecord } from '@tandem/contract'
import type { WebSocket as PageSocket } from 'playwright-core'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { Api, signIn } from './kit/api.ts'
import { callById, expectBooksBalance, recordOf } from './kit/books.ts'
import { expectNoTone, expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { addMember, setUpOrganization, type Organization } from './kit/outsider.ts'
import { SipSocket } from './kit/sip-socket.ts'
import { numbers, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'
import { until } from './kit/until.ts'

const tandem = await startTandem({ name: 'signed-out' })
afterAll(() => tandem.stop())
const operator = new Api(tandem.address, tandem.operatorKey)
const member = await person(440)
const customer = await person(900)

/** One call at a time: a place that is not given back refuses the next one. */
const ONE_AT_A_TIME = { organizationMs: 3_600_000, concurrency: { member: 1, organization: 2 } }

async function stage() {
  const organization = await setUpOrganization(operator, ONE_AT_A_TIME)
  const account = { login: `colleague-of-${organization.account.login}`, password: 'kettle autumn velvet' }
  const { id: colleagueId } = await addMember(operator, organization.id, account)
  return { ...organization, colleague: { ...account, id: colleagueId } }
}

const again = ({ account }: Pick<Organization, 'account'>): Promise<Api> =>
  signIn(tandem.address, account.login, account.password)

/** Talks from his softphone to the phone of that number; `sip` are the page's sockets to the engine. */
async function talking(account: { readonly login: string; readonly password: string }, number: string) {
  const page = await member.page()
  const sip: PageSocket[] = []
  page.on('websocket', (socket) => new URL(socket.url()).pathname === '/sip' && sip.push(socket))
  const phone = await Softphone.open(page, tandem.address, account)
  const handset = await Handset.open(await customer.page(), tandem.address, number)
  const callId = await phone.call(number)
  await handset.press('Answer')
  await expectTone(handset.page, member.toneHz)
  await expectTone(page, customer.toneHz)
  expect(sip.map((socket) => socket.isClosed())).toContain(false)
  return { phone, handset, callId, sip }
}

/** A ticket of somebody else's opens the pipe; the old name and password let nobody in. */
async function expectNoWayIn(old: WireDialIn, colleague: { readonly login: string; readonly password: string }) {
  const other = await signIn(tandem.address, colleague.login, colleague.password)
  const { dialIn } = await other.post('/api/calls', { to: { number: numbers.tone } }, placedCall)
  const socket = await SipSocket.open(tandem.address, { ...old, ticket: dialIn.ticket })
  onTestFinished(() => socket.close())
  expect((await socket.request('INVITE', old.dial)).status).toBe(401)
  expect((await other.ask('DELETE', '/api/session')).status).toBe(204)
}

const nothingLives = (api: Api): Promise<unknown> =>
  until('no live call', async () => (await api.get('/api/calls?live=true', pageOf(call))).items.length === 0)

test('who signs out while talking ends the speech, the call and his way to the engine', async () => {
  const { account, administrator, colleague } = await stage()
  const number = '+8613900000071'
  const { phone, handset, callId, sip } = await talking(account, number)
  await phone.page.getByRole('button', { name: /Account:/ }).click()
  await phone.page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expectNoTone(handset.page, member.toneHz)
  await until('the SIP socket closed', () => sip.every((socket) => socket.isClosed()))
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'signed-out' })
  await nothingLives(administrator)

  const leaving = await again({ account })
  const { dialIn } = await leaving.post('/api/calls', { to: { number: numbers.tone } }, placedCall)
  const socket = await SipSocket.open(tandem.address, dialIn)
  expect((await socket.request('INVITE', dialIn.dial)).status).toBeLessThan(300)
  await leaving.ask('DELETE', '/api/session')
  await expectNoWayIn(dialIn, colleague)
  await expectBooksBalance(administrator)
})

test('an administrator who suspends a member in mid-call ends the speech and all that he has open', async () => {
  const { administrator, colleague } = await stage()
  const { handset, callId, sip } = await talking(colleague, '+8613900000072')
  await administrator.ask('PATCH', `/api/members/${colleague.id}`, { body: { standing: 'suspended' } })
  await expectNoTone(handset.page, member.toneHz)
  await until('the SIP socket closed', () => sip.every((socket) => socket.isClosed()))
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'signed-out' })
  await nothingLives(administrator)
  await expectBooksBalance(administrator)
})

const someTurns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++)
    await new Promise((done) => {
      setImmediate(done)
    })
}

/** Places a call and sends the INVITE, and does not wait for what becomes of it. */
async function dialling(api: Api, number: string) {
  const to = { to: { number } }
  const { status, body } = await until('a free place', async () => {
    const answer = await api.ask('POST', '/api/calls', { body: to })
    return answer.status === 403 ? null : answer
  })
  expect(status).toBe(201)
  const { call: placed, dialIn } = placedCall.parse(body)
  const invited = SipSocket.open(tandem.address, dialIn).then((socket) => {
    void socket.request('INVITE', dialIn.dial).catch(() => undefined)
  })
  void invited.catch(() => undefined)
  return { callId: placed.id, dialIn }
}

const carrierLegs = ({ legs }: WireRecord) => legs.filter(({ kind }) => kind === 'phone-out')

test('signing out at any moment of placing and dialling a call leaves no call, no ring and no place taken', async () => {
  const { account, administrator, colleague } = await stage()
  const number = '+8613900000073'
  const handset = await Handset.open(await customer.page(), tandem.address, number)
  const rings = async (): Promise<boolean> => (await handset.page.getByRole('button', { name: 'Answer' }).count()) > 0
  const left: WireDialIn[] = []
  const dialled: boolean[] = []
  for (let moment = 0; moment <= 20; moment++) {
    // By turns: one person alone may try in vain only so often a minute.
    const leaving = await again({ account: moment % 2 === 0 ? account : colleague })
    const { callId, dialIn } = await dialling(leaving, number)
    left.push(dialIn)
    // The last one is let through.
    if (moment < 20) await someTurns(moment * 40)
    else await until('the phone to ring', rings)
    expect((await leaving.ask('DELETE', '/api/session')).status).toBe(204)
    const goneAt = Date.now()
    const record = await recordOf(administrator, callId)
    expect(record.endReason).toBe('signed-out')
    for (const leg of carrierLegs(record)) expect(Date.parse(leg.startedAt)).toBeLessThanOrEqual(goneAt)
    dialled.push(carrierLegs(record).length > 0)
  }
  expect([dialled.at(0), dialled.at(-1)]).toEqual([false, true])
  await nothingLives(administrator)
  await until('no ring', async () => !(await rings()))
  for (const old of [left.at(0)!, left.at(-1)!]) await expectNoWayIn(old, colleague)
  await expectBooksBalance(administrator)
})

test('a server that is killed while somebody signs out ends the rest when it is back', async () => {
  const { account, administrator, colleague } = await stage()
  for (const moment of [0, 20, 60, 150]) {
    const leaving = await again({ account })
    const { callId, dialIn } = await dialling(leaving, numbers.tone)
    await until('the call to go out', async () => (await callById(administrator, callId)).state !== 'placed')
    const signingOut = leaving.ask('DELETE', '/api/session').catch(() => undefined)
    await someTurns(moment)
    const before = tandem.restarts('server')
    tandem.kill('server')
    await until('the server back', () => tandem.restarts('server') > before)
    await until('all parts up', async () => (await tandem.health()).status === 'ok', 30_000)
    await signingOut
    // Killed before it had begun: he is still signed in, and signs out again.
    expect([204, 401]).toContain((await leaving.ask('DELETE', '/api/session')).status)
    expect(await recordOf(administrator, callId, 30_000)).toMatchObject({ endReason: 'signed-out' })
    await expectNoWayIn(dialIn, colleague)
  }
  await nothingLives(administrator)
  await expectBooksBalance(administrator)
})
