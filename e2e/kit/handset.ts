import type { Page } from 'playwright-core'
import { until } from './until.ts'

/** The page that is a phone on the simulated network. */
export class Handset {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Resolves when the network knows the phone. */
  static async open(page: Page, address: string, number: string): Promise<Handset> {
    await page.goto(`${address}/handset`)
    await page.getByLabel('Its number').fill(number)
    await page.getByRole('button', { name: 'Use this number' }).click()
    await page.locator('[data-registration="ready"]').waitFor()
    return new Handset(page)
  }

  async press(name: 'Answer' | 'Reject' | 'Hang up'): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click({ timeout: 20_000 })
  }

  async pressKeys(keys: string): Promise<void> {
    for (const key of keys) await this.page.getByRole('button', { name: key, exact: true }).click()
  }

  async expectHeard(digits: string): Promise<void> {
    const heard = this.page.getByTestId('heard-digits')
    await until(`the keys ${digits} heard`, async () => (await heard.textContent()) === digits)
  }
}
