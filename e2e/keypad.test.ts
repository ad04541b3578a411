import { test } from 'vitest'
import { expectNoTone, expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { numbers } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'

const member = await person(440)
const customer = await person(3000)

test('keys reach a machine, which says them back', async () => {
  const { phone } = await driver(member)
  await phone.call(numbers.digits)
  await phone.expectState('connected')
  await phone.press('Keypad')
  // 400 Hz and 100 Hz more for each place in 0…9 * #.
  for (const [key, hz] of [
    ['5', 900],
    ['9', 1300],
    ['#', 1500],
  ] as const) {
    await phone.pressKeys(key)
    await expectTone(phone.page, hz)
    // While it speaks it does not listen.
    await expectNoTone(phone.page, hz)
  }
  await phone.press('Hang up')
})

test('keys reach a person’s phone', async () => {
  const { phone } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000004')
  await phone.call('+8613900000004')
  await handset.press('Answer')
  await phone.expectState('connected')
  await expectTone(handset.page, member.toneHz)
  await phone.press('Keypad')
  await phone.pressKeys('42')
  await handset.expectHeard('42')
  await phone.press('Hang up')
})

test('what was dialled behind the number is pressed after the answer, pauses kept, also after a reload', async () => {
  const { phone } = await driver(member)
  const handset = await Handset.open(await customer.page(), shared().address, '+8613900000004')
  await phone.call('139 0000 0004,,42,7#')
  await phone.page.reload()
  await handset.press('Answer')
  await handset.expectHeard('427#')
})
