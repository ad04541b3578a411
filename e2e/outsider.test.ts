import { placedCall } from '@tandem/contract'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { expectBooksBalance, recordOf } from './kit/books.ts'
import { startBaresip } from './kit/carriers/baresip.ts'
import { answers } from './kit/carriers/scenarios.ts'
import { startSipp } from './kit/carriers/sipp.ts'
import { expectTone } from './kit/ear.ts'
import { addOwnLicence, addTrunk, setUpOrganization } from './kit/outsider.ts'
import { Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'

const tandem = await startTandem({ name: 'outsider', config: { demo: false } })
afterAll(() => tandem.stop())
const operator = new Api(tandem.address, tandem.operatorKey)
const carrier = await startSipp(answers)
afterAll(() => carrier.close())
const member = await person(440)

test('without the demo there is no handset', async () => {
  const page = await member.page()
  await page.goto(`${tandem.address}/handset`)
  await page.getByText('There is nothing at this address').waitFor()
})

test('with the API alone somebody sets up everything; without a licence the law refuses, with it the call goes through', async () => {
  const organization = await setUpOrganization(operator, { organizationMs: 60_000, jurisdiction: 'cn' })
  await addTrunk(operator, 'Own carrier', { host: carrier.host, port: carrier.port })
  const { administrator } = organization
  const to = { to: { number: '+8613912345678' } }
  expect(await administrator.refused('/api/calls', to)).toMatchObject({
    code: 'licence-missing',
    params: { licence: 'ip-telephony', holder: 'provider' },
  })

  await addOwnLicence(operator)
  const phone = await Softphone.open(await member.page(), tandem.address, organization.account)
  const callId = await phone.call('+8613912345678')
  await phone.expectState('connected')
  // This carrier echoes.
  await expectTone(phone.page, member.toneHz)
  expect(carrier.messages()).toMatch(/INVITE sip:\+8613912345678@/)
  await phone.press('Hang up')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  await expectBooksBalance(administrator)
  expect(await administrator.refused('/api/calls', to)).toMatchObject({ code: 'no-minutes' })
})

test('a trunk of another make is added while the house runs, and speaks', async () => {
  const baresip = await startBaresip('+8613912345679')
  onTestFinished(() => baresip.close())
  const { account, administrator } = await setUpOrganization(operator, { organizationMs: 60_000 })
  await addTrunk(operator, 'Baresip', { host: baresip.host, port: baresip.port, priority: 1 })
  const phone = await Softphone.open(await member.page(), tandem.address, account)
  const callId = await phone.call('+8613912345679')
  await phone.expectState('connected')
  await expectTone(phone.page, member.toneHz)
  await phone.press('Hang up')
  const { legs } = await recordOf(administrator, callId)
  expect(legs.map(({ trunkName }) => trunkName)).toContain('Baresip')
})

test('one organization sees nothing of another', async () => {
  const [mine, theirs] = [
    await setUpOrganization(operator, { organizationMs: 60_000 }),
    await setUpOrganization(operator, { organizationMs: 60_000 }),
  ]
  const placed = await theirs.administrator.post('/api/calls', { to: { number: '+8613912345678' } }, placedCall)
  for (const [method, path] of [
    ['GET', `/api/calls/${placed.call.id}`],
    ['POST', `/api/calls/${placed.call.id}/hangup`],
  ] as const) {
    const answer = await mine.administrator.ask(method, path)
    expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } })
  }
  for (const path of ['/api/calls', '/api/records', `/api/members?organizationId=${theirs.id}`]) {
    const answer = await mine.administrator.ask('GET', path)
    expect(JSON.stringify(answer.body)).not.toContain(theirs.memberId)
  }
})

test('the description of the API is there, and the public health says no more than which part runs', async () => {
  const description = (await new Api(tandem.address).ask('GET', '/api/openapi.json')).body
  expect(description).toMatchObject({
    openapi: expect.stringMatching(/^3\.1/),
    paths: { '/api/calls': expect.any(Object) },
  })
  const { status, parts } = await tandem.health()
  expect(status).toBe('ok')
  expect(Object.keys(parts).toSorted()).toEqual(['edge', 'engine', 'postgres', 'server'])
  const metrics = await fetch(`${tandem.address}/metrics`, {
    headers: { authorization: `Bearer ${tandem.operatorKey}` },
  })
  expect(await metrics.text()).toMatch(/^# HELP /m)
  expect((await fetch(`${tandem.address}/metrics`)).status).toBe(401)
})
