import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { Network } from './network.ts'
import { artifacts } from './tandem.ts'
import { writeTone } from './wave.ts'

/** Chromium as Debian has it; another one by TANDEM_CHROMIUM. */
const executablePath = process.env['TANDEM_CHROMIUM'] ?? '/usr/bin/chromium'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

/** A person at a browser, with a microphone into which somebody whistles one tone. */
export type Person = {
  readonly toneHz: number
  readonly browser: Browser
  /**
   * Cookies and storage of their own: another person, or the same one on another machine. Closed when the test that
   * opened it is over.
   */
  context(options?: { readonly width?: number; readonly height?: number }): Promise<BrowserContext>
  page(): Promise<Page>
  leave(): Promise<void>
}

/** One process per tone: the fake microphone is a flag of the program. Without a network: in this machine's. */
export async function openBrowser(toneHz: number, network?: Network): Promise<Person> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-tone-'))
  const wave = join(folder, 'tone.wav')
  writeTone(wave, toneHz)
  const browser = await chromium.launch({
    executablePath: network ? programInside(network, folder) : executablePath,
    args: [...FLAGS, `--use-file-for-fake-audio-capture=${wave}`],
  })
  const context: Person['context'] = async ({ width = 1280, height = 800 } = {}) => {
    const made = await browser.newContext({
      locale: 'en-US',
      viewport: { width, height },
      reducedMotion: 'reduce',
    })
    onTestFinished(() => made.close())
    return made
  }
  return {
    toneHz,
    browser,
    context,
    page: async () => (await context()).newPage(),
    leave: async () => {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function programInside({ inside }: Network, folder: string): string {
  const path = join(folder, 'chromium')
  writeFileSync(path, `#!/bin/sh\nexec ${inside.join(' ')} ${executablePath} "$@"\n`, { mode: 0o700 })
  return path
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(join(artifacts, 'screens'), { recursive: true })
  await page.screenshot({ path: join(artifacts, 'screens', `${name}.png`) })
}

/** The sizes at which every screen must be good. */
export const SIZES = [
  ['phone', { width: 360, height: 740 }],
  ['desktop', { width: 1440, height: 900 }],
] as const

/** A picture for the artifacts, nothing cut off sideways, and nothing serious for axe. */
export async function expectGoodScreen(page: Page, name: string): Promise<void> {
  await screenshot(page, name)
  const sidewaysPx = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(sidewaysPx, `${name} is wider than its window`).toBeLessThanOrEqual(0)
  // There are no frames of others, for which it would open a page of its own; of what is good nobody reads the list.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const places = (nodes: (typeof serious)[number]['nodes']): string =>
    nodes.map(({ target }) => target.join(' ')).join(', ')
  expect(serious.map(({ id, nodes }) => `${name}: ${id} at ${places(nodes)}`)).toEqual([])
}
