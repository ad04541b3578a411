import type { Locator, Page } from 'playwright-core'
import { until } from './until.ts'

/** What a person does at the softphone; the words are those of the English texts. */
export class Softphone {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  static async open(
    page: Page,
    address: string,
    account: { readonly login: string; readonly password: string },
  ): Promise<Softphone> {
    const phone = await Softphone.signIn(page, address, account)
    await page.getByRole('textbox', { name: 'Phone number' }).waitFor()
    return phone
  }

  /** For somebody whose call goes on elsewhere: what the page shows then is the call. */
  static async signIn(
    page: Page,
    address: string,
    account: { readonly login: string; readonly password: string },
  ): Promise<Softphone> {
    await page.goto(`${address}/sign-in`)
    await page.getByLabel('Login').fill(account.login)
    await page.getByLabel('Password').fill(account.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return new Softphone(page)
  }

  /** Gives the call's id as soon as the panel shows the call. */
  async call(number: string): Promise<string> {
    await this.#dial(number)
    const refusal = this.page.locator('[data-refusal]')
    await until(
      'a call in the panel, or why there is none',
      async () => (await this.#id()) !== null || (await refusal.count()) > 0,
    )
    if ((await refusal.count()) > 0) throw new Error(`the call was refused: ${await refusal.innerText()}`)
    return this.callId()
  }

  /** Inside the app, from the list of people; gives the call's id, as `call` does. */
  async callInApp(name: string): Promise<string> {
    await this.closeEnded()
    await this.page.getByRole('button', { name: `Call ${name} in the app` }).click()
    return this.callId()
  }

  /** The card of a call that asks for an answer. */
  get card(): Locator {
    return this.page.getByRole('alertdialog')
  }

  /** Waits until it rings; presses what its button says. */
  async choose(what: 'Answer' | 'Decline' | 'Hold and answer' | 'Hang up and answer'): Promise<void> {
    await this.card.getByRole('button', { name: what, exact: true }).click()
  }

  async closeEnded(): Promise<void> {
    const close = this.page.getByRole('button', { name: /^(Close|Back to dialling)$/ })
    if ((await close.count()) > 0) await close.first().click()
  }

  /** For numbers that are refused: the code, and the words that appear. */
  async tryToCall(number: string): Promise<{ readonly code: string | null; readonly words: string }> {
    await this.#dial(number)
    const panel = this.page.locator('[data-refusal]')
    await panel.waitFor()
    return { code: await panel.getAttribute('data-refusal'), words: await panel.innerText() }
  }

  async #dial(number: string): Promise<void> {
    const box = this.page.getByRole('textbox', { name: 'Phone number' })
    // What became of the call before is on the screen until somebody closes it.
    const close = this.page.getByRole('button', { name: /^(Close|Back to dialling)$/ })
    await box.or(close).first().waitFor()
    if ((await box.count()) === 0) await close.first().click()
    await box.fill(number)
    await box.press('Enter')
  }

  callId(): Promise<string> {
    return until('a call in the panel', () => this.#id())
  }

  async state(): Promise<string | null> {
    return this.#attribute('data-call-state')
  }

  async expectState(...states: readonly string[]): Promise<string> {
    return until(
      `call state ${states.join(' or ')}`,
      async () => {
        const state = await this.state()
        return state !== null && states.includes(state) ? state : null
      },
      20_000,
    )
  }

  /** "Mute" and "Hold" are switches: a second press undoes the first. */
  async press(name: 'Hang up' | 'Mute' | 'Hold' | 'Keypad' | 'Continue here'): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click()
  }

  /** On the open keypad. */
  async pressKeys(keys: string): Promise<void> {
    for (const key of keys) await this.page.getByRole('button', { name: key, exact: true }).click()
  }

  #id(): Promise<string | null> {
    return this.#attribute('data-call-id')
  }

  async #attribute(name: string): Promise<string | null> {
    const panel = this.page.locator(`[${name}]`).first()
    return (await panel.count()) === 0 ? null : panel.getAttribute(name)
  }
}

/** The accounts of the demo, by what they are for. */
export const demo = {
  driver: { login: 'driver', password: 'demo-driver' },
  administrator: { login: 'admin', password: 'demo-admin' },
  dispatcher: { login: 'dispatch', password: 'demo-dispatch' },
  barred: { login: 'barred', password: 'demo-barred' },
}

/** The test numbers of the simulated network. */
export const numbers = {
  echo: '+8613000000001',
  tone: '+8613000000002',
  rings: '+8613000000003',
  busy: '+8613000000004',
  unallocated: '+8613000000005',
  unavailable: '+8613000000006',
  earlyMedia: '+8613000000007',
  hangsUp: '+8613000000008',
  digits: '+8613000000009',
}
