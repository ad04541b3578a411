import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { expectTone } from './kit/ear.ts'
import { Handset } from './kit/handset.ts'
import { Network } from './kit/network.ts'
import { demo, numbers, Softphone } from './kit/softphone.ts'
import { person } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'
import { until } from './kit/until.ts'

const CAFE = '10.77.1.2'
const OFFICE = '10.77.9.9'

const network = await Network.open()
afterAll(() => network.close())
network.join(CAFE)
const tandem = await startTandem({ name: 'network-changed', network })
afterAll(() => tandem.stop())
const member = await person(440, network)
const customer = await person(900, network)

/** Asterisk and the simulated network were told, each by its own file. */
const isTold = (address: string): boolean =>
  ['engine', 'carrier'].every((part) =>
    readFileSync(join(tandem.data, part, 'etc/rtp.conf'), 'utf8').includes(`${address} => `),
  )

/** From whichever it was in. */
async function move(address: string): Promise<void> {
  network.leave()
  network.join(address)
  await until('the new address to be told', () => isTold(address))
}

test('the machine leaves its network for another while it runs: speech finds its way in the next call too', async () => {
  const handset = await Handset.open(await customer.page(), tandem.address, '+8613900000051')
  const phone = await Softphone.open(await member.page(), tandem.address, demo.driver)
  const talk = async (): Promise<void> => {
    await phone.call('+8613900000051')
    await handset.press('Answer')
    await phone.expectState('connected')
    await expectTone(phone.page, customer.toneHz)
    await expectTone(handset.page, member.toneHz)
    await phone.press('Hang up')
    await phone.expectState('ended')
  }
  await talk()
  await move(OFFICE)
  expect(isTold(CAFE)).toBe(false)
  await talk()
})

test('a call that goes on meanwhile is taken up by itself', async () => {
  const phone = await Softphone.open(await member.page(), tandem.address, demo.driver)
  await phone.call(numbers.tone)
  await expectTone(phone.page, 1000)
  await move(CAFE)
  await phone.page.locator('[data-speech="interrupted"]').waitFor()
  await phone.page.locator('[data-speech="open"]').waitFor()
  await expectTone(phone.page, 1000)
  await phone.press('Hang up')
  await phone.expectState('ended')
})
