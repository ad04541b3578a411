import { expect, test } from 'vitest'
import { callById, recordOf } from './kit/books.ts'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { demo, Softphone } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

/** The dominant tone of our music on hold. */
const MUSIC_HZ = 700
const member = await person(440)
const customer = await person(900)

test('a click on a name in mid-call asks first: cancelled, nothing changes; held, the first waits with music and is taken back', async () => {
  const { phone, api } = await driver(member)
  const { page } = phone
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000010')
  const first = await phone.call('+8613900000010')
  await handset.press('Answer')
  await expectTone(phone.page, customer.toneHz)

  const echo = page.getByRole('button', { name: /^Call 01 Echo/ })
  await echo.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await expectTone(handset.page, member.toneHz)
  expect(await callById(api, first)).toMatchObject({ state: 'connected', isOnHold: false })

  await echo.click()
  await page.getByRole('button', { name: 'Put on hold and call' }).click()
  const second = await until('the second call', async () => {
    const id = await phone.callId()
    return id !== first && id
  })
  await phone.expectState('connected')
  await expectTone(handset.page, MUSIC_HZ)
  await expectTone(page, member.toneHz)

  await page.getByRole('button', { name: 'Resume' }).click()
  await expectTone(page, customer.toneHz)
  await expectTone(handset.page, member.toneHz)
  expect(await callById(api, second)).toMatchObject({ state: 'connected', isOnHold: true })

  await echo.click()
  await page.getByRole('button', { name: 'Hang up and call' }).click()
  expect(await recordOf(api, first)).toMatchObject({ endReason: 'hangup-caller' })
  await until('a third call', async () => ![first, second].includes(await phone.callId()))
  await phone.press('Hang up')
})

test('a hang-up that the server refuses says so, and the button works again', async () => {
  const { phone, api } = await driver(member)
  const id = await phone.call('+8613000000001')
  await phone.expectState('connected')
  // On another machine, which does not carry the speech: it can't end the call by itself.
  const other = await Softphone.signIn(await member.page(), shared().address, demo.driver)
  const hangUp = other.page.getByRole('button', { name: 'Hang up', exact: true })
  await hangUp.waitFor()
  // The real server can't be made to refuse at will.
  await other.page.route('**/hangup', (route) =>
    route.fulfill({
      status: 500,
      json: { type: 'about:blank', title: 'A fault on our side', status: 500, code: 'internal-error' },
    }),
  )
  await hangUp.click()
  await other.page.getByText('A fault on our side').waitFor()
  await other.page.unroute('**/hangup')
  await hangUp.click()
  expect(await recordOf(api, id)).toMatchObject({ endReason: 'hangup-caller' })
})
