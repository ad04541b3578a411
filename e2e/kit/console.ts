import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import { demo, Softphone } from './softphone.ts'
import { shared } from './stage.ts'
import type { Person } from './browser.ts'

type Size = { readonly width: number; readonly height: number }
type Account = { readonly login: string; readonly password: string }

/** What an administrator does at the console; the words are those of the English texts. */
export class Console {
  readonly page: Page
  readonly #address: string

  constructor(page: Page, address: string) {
    this.page = page
    this.#address = address
  }

  /** The demo's administrator, unless somebody else is named. */
  static async open(who: Person, { account, size }: { account?: Account; size?: Size } = {}): Promise<Console> {
    const { address } = shared()
    const page = await (await who.context(size)).newPage()
    await Softphone.open(page, address, account ?? demo.administrator)
    return new Console(page, address)
  }

  /** `section` may have a filter: `refusals?text=abc`. */
  async go(section: string): Promise<void> {
    await this.page.goto(`${this.#address}/console/${section}`)
  }

  rows(table: string) {
    return this.page.getByRole('table', { name: table }).locator('tbody tr')
  }

  /** Of an opened drawer or dialog, by its title. */
  dialog(title: string | RegExp) {
    return this.page.getByRole('dialog', { name: title })
  }

  /** What the address holds behind its `?`. */
  search(): Record<string, string> {
    return Object.fromEntries(new URL(this.page.url()).searchParams)
  }
}

export const expectTitle = async (page: Page, title: string): Promise<void> =>
  expect.poll(() => page.title()).toBe(`${title} · Tandem`)
