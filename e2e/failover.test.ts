import { expect, onTestFinished, test } from 'vitest'
import { Api } from './kit/api.ts'
import { expectBooksBalance, recordOf } from './kit/books.ts'
import { answers, refuses, silent } from './kit/carriers/scenarios.ts'
import { startSipp } from './kit/carriers/sipp.ts'
import { expectTone } from './kit/ear.ts'
import { addTrunk, setUpOrganization } from './kit/outsider.ts'
import { Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'

const member = await person(440)

/** Two trunks of two carriers; the first is tried first. */
async function stage(name: string, first: string) {
  const tandem = await startTandem({ name, config: { demo: false } })
  onTestFinished(() => tandem.stop())
  const carriers = [await startSipp(first), await startSipp(answers, '127.0.0.4')] as const
  for (const carrier of carriers) onTestFinished(() => carrier.close())
  const operator = new Api(tandem.address, tandem.operatorKey)
  const organization = await setUpOrganization(operator, { organizationMs: 600_000 })
  const trunks = [
    await addTrunk(operator, 'First', { ...addressOf(carriers[0]), priority: 1 }),
    await addTrunk(operator, 'Second', { ...addressOf(carriers[1]), priority: 2 }),
  ] as const
  const phone = await Softphone.open(await member.page(), tandem.address, organization.account)
  return { carriers, trunks, phone, administrator: organization.administrator }
}

const addressOf = ({ host, port }: { host: string; port: number }) => ({ host, port })

test.each([
  ['refuses with 503', refuses('503 Service Unavailable')],
  ['is silent', silent],
])('a first trunk that %s: the second carries the call, charged once', async (...[name, first]) => {
  const { carriers, trunks, phone, administrator } = await stage(`failover-${name.replaceAll(' ', '-')}`, first)
  const callId = await phone.call('+8613912345678')
  // Patience here ends before SIP's own 32 s (RFC 3261, timer B) would.
  await phone.expectState('connected')
  await expectTone(phone.page, member.toneHz)
  expect([carriers[0].invites(), carriers[1].invites()]).toEqual([1, 1])
  await phone.press('Hang up')
  const record = await recordOf(administrator, callId)
  expect(record).toMatchObject({ endReason: 'hangup-caller', ratedMs: 60_000 })
  const tried = record.legs.filter(({ kind }) => kind === 'phone-out')
  expect(tried.map(({ trunkId, answeredAt }) => [trunkId, answeredAt !== null])).toEqual([
    [trunks[0].id, false],
    [trunks[1].id, true],
  ])
  expect(record.draws.reduce((sum, { usedMs }) => sum + usedMs, 0)).toBe(60_000)
  await expectBooksBalance(administrator)
})

test('busy is the callee’s word: no other trunk is tried', async () => {
  const { carriers, phone, administrator } = await stage('failover-busy', refuses('486 Busy Here'))
  const callId = await phone.call('+8613912345678')
  await phone.expectState('ended')
  expect(await recordOf(administrator, callId)).toMatchObject({ endReason: 'busy' })
  expect([carriers[0].invites(), carriers[1].invites()]).toEqual([1, 0])
})
