import { afterAll, expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { callById, expectBooksBalance, recordOf } from './kit/books.ts'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { microphones, watchMicrophones } from './kit/microphone.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { closeSipSockets, watchSockets } from './kit/sockets.ts'
import { numbers, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem, type PartName } from './kit/tandem.ts'
import { until } from './kit/until.ts'

const tandem = await startTandem({ name: 'network-lost', config: { calls: { browserGoneMs: 12_000 } } })
afterAll(() => tandem.stop())
const operator = new Api(tandem.address, tandem.operatorKey)
const member = await person(440)
const customer = await person(900)

const BANNER = 'No connection to the server'
/** What is promised; a busy machine may take a little longer to show it. */
const BANNER_MS = 5000

async function stage() {
  const { account, administrator } = await setUpOrganization(operator, { organizationMs: 600_000 })
  const page = await member.page()
  await watchMicrophones(page)
  await watchSockets(page)
  return { phone: await Softphone.open(page, tandem.address, account), administrator }
}

/** The part answers nobody, and its connections stay open: what a dead network looks like. */
function freeze(part: PartName): () => void {
  const pid = tandem.pid(part)
  process.kill(pid, 'SIGSTOP')
  const goOn = () => void process.kill(pid, 'SIGCONT')
  onTestFinished(goOn)
  return goOn
}

const banner = (phone: Softphone) => phone.page.getByText(BANNER)

test.each(['edge', 'server'] as const)(
  'the %s answers nobody: a banner, and who hangs up is alone at once; when it is back the call has ended as he wished',
  async (part) => {
    const { phone, administrator } = await stage()
    const callId = await phone.call(numbers.tone)
    await expectTone(phone.page, 1000)
    const goOn = freeze(part)
    await banner(phone).waitFor({ timeout: BANNER_MS })
    await expectTone(phone.page, 1000)
    await phone.press('Hang up')
    await phone.expectState('hung-up')
    expect(await microphones(phone.page)).toEqual({ opened: 1, listening: 0 })
    await phone.page.getByRole('button', { name: 'Close', exact: true }).click()
    await phone.page.getByRole('textbox', { name: 'Phone number' }).waitFor()
    goOn()
    expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller' })
    await banner(phone).waitFor({ state: 'detached' })
    await phone.page.getByRole('textbox', { name: 'Phone number' }).waitFor()
    await expectBooksBalance(administrator)
  },
)

test('the browser is offline: a banner, a hang-up closes the microphone, and the server hears of it when the network is back', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  await phone.page.context().setOffline(true)
  await banner(phone).waitFor({ timeout: BANNER_MS })
  await phone.press('Hang up')
  await phone.expectState('hung-up')
  expect(await microphones(phone.page)).toEqual({ opened: 1, listening: 0 })
  await phone.page.context().setOffline(false)
  await phone.expectState('ended')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller' })
  await expectBooksBalance(administrator)
})

test('a request that nobody answers ends in words, and can be given up before', async () => {
  const { phone } = await stage()
  const goOn = freeze('server')
  const box = phone.page.getByRole('textbox', { name: 'Phone number' })
  await box.fill(numbers.tone)
  await box.press('Enter')
  await phone.expectState('placing')
  await phone.page.getByRole('button', { name: 'Cancel' }).click()
  await box.waitFor()
  expect((await phone.tryToCall(numbers.tone)).code).toBe('unanswered')
  goOn()
})

test('the SIP socket is lost while it rings: the page attaches by itself, and both hear each other', async () => {
  const { phone, administrator } = await stage()
  const handset = await Handset.open(await customer.page(), tandem.address, '+8613900000031')
  const callId = await phone.call('+8613900000031')
  await phone.expectState('ringing', 'early-media')
  const attached = phone.page.waitForResponse((response) => response.url().endsWith('/attach') && response.ok())
  await closeSipSockets(phone.page)
  await attached
  await phone.page.locator('[data-speech="open"]').waitFor()
  await handset.press('Answer')
  await phone.expectState('connected')
  await expectTone(phone.page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
})

test('the network is lost while it rings, and the other side answers before it is back: then both hear each other', async () => {
  const { phone, administrator } = await stage()
  const handset = await Handset.open(await customer.page(), tandem.address, '+8613900000032')
  const callId = await phone.call('+8613900000032')
  await phone.expectState('ringing', 'early-media')
  await phone.page.context().setOffline(true)
  await closeSipSockets(phone.page)
  await handset.press('Answer')
  await until('the answer', async () => (await callById(administrator, callId)).state === 'connected')
  await phone.page.context().setOffline(false)
  await phone.expectState('connected')
  await expectTone(phone.page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
})

test('the edge is killed in mid-call: another SIP socket takes over, and speech goes on', async () => {
  const { phone, administrator } = await stage()
  const callId = await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  const attached = phone.page.waitForResponse((response) => response.url().endsWith('/attach') && response.ok())
  tandem.kill('edge')
  await attached
  await expectTone(phone.page, 1000)
  await phone.page.locator('[data-speech="open"]').waitFor()
  expect(await microphones(phone.page)).toEqual({ opened: 1, listening: 1 })
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
})

test('a call for help needs no server and no network: it is handed over at once, whatever its form', async () => {
  const { phone } = await stage()
  const requests: string[] = []
  freeze('server')
  await phone.page.context().setOffline(true)
  phone.page.on('request', (request) => requests.push(request.url()))
  for (const typed of ['110', '１２０', 'tel:112;phone-context=+44']) {
    const refusal = await phone.tryToCall(typed)
    expect([refusal.code, refusal.words]).toEqual(['emergency-number', expect.stringMatching(/use a phone/i)])
  }
  expect(requests.filter((url) => url.endsWith('/api/calls'))).toEqual([])
  expect(await microphones(phone.page)).toEqual({ opened: 0, listening: 0 })
  await phone.page.context().setOffline(false)
})
