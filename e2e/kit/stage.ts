import { call, pageOf } from '@tandem/contract'
import { afterAll, inject, onTestFinished } from 'vitest'
import { Api, signIn } from './api.ts'
import { expectBooksBalance } from './books.ts'
import { openBrowser, type Person } from './browser.ts'
import type { Network } from './network.ts'
import type { SharedTandem } from './shared-tandem.ts'
import { demo, Softphone } from './softphone.ts'

/** A browser for the stories of one file; closed after them. */
export async function person(toneHz = 440, network?: Network): Promise<Person> {
  const one = await openBrowser(toneHz, network)
  afterAll(() => one.leave())
  return one
}

/** The demo that the stories of this lane share, which kill nothing. */
export const shared = (): SharedTandem & { readonly operator: Api } => {
  const tandem = inject('shared')[Number(process.env['VITEST_POOL_ID']) - 1]
  if (tandem === undefined) throw new Error(`no Tandem for lane ${process.env['VITEST_POOL_ID']}`)
  return { ...tandem, operator: new Api(tandem.address, tandem.operatorKey) }
}

/** The driver of the demo at his softphone, and his session as a program has it. */
export async function driver(who: Person): Promise<{ readonly phone: Softphone; readonly api: Api }> {
  const { address } = shared()
  const [phone, api] = await Promise.all([
    who.page().then((page) => Softphone.open(page, address, demo.driver)),
    signIn(address, demo.driver.login, demo.driver.password),
  ])
  onTestFinished(async () => {
    await hangUpAll(api)
    await expectBooksBalance(await signIn(address, demo.administrator.login, demo.administrator.password))
  })
  return { phone, api }
}

/** A story that failed in mid-call must not fail the next one too. */
export async function hangUpAll(api: Api): Promise<void> {
  const { items } = await api.get('/api/calls?live=true', pageOf(call))
  for (const { id } of items) await api.ask('POST', `/api/calls/${id}/hangup`)
}
