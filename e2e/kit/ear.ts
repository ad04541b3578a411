import type { Page } from 'playwright-core'
import { until } from './until.ts'

/** What the page's person hears of the other party now: the strongest frequency and its level. */
export type Heard = { readonly hz: number; readonly dbfs: number }

/** Quieter than this is silence: coded silence and comfort noise lie far below. */
const AUDIBLE_DBFS = -60
/** The page's analyser resolves 6 Hz; a codec and a resampler shift nothing. */
const TOLERANCE_HZ = 15

export const hear = (page: Page): Promise<Heard | null> =>
  page.evaluate(() => (window as { __tandem?: { hear(): Heard | null } }).__tandem?.hear() ?? null)

const isTone = (heard: Heard | null, hz: number): boolean =>
  heard !== null && heard.dbfs > AUDIBLE_DBFS && Math.abs(heard.hz - hz) <= TOLERANCE_HZ

/** Waits until the tone is heard; tones come in pulses, so one look is not enough. Gives what was heard. */
export async function expectTone(page: Page, hz: number, timeoutMs = 10_000): Promise<Heard> {
  let last: Heard | null = null
  const heard = async (): Promise<Heard | null> => {
    last = await hear(page)
    return isTone(last, hz) ? last : null
  }
  return until(`${hz} Hz heard`, heard, timeoutMs).catch((fault: unknown) => {
    throw new Error(`${hz} Hz was not heard in ${timeoutMs} ms, but ${JSON.stringify(last)}`, { cause: fault })
  })
}

/** Waits until nothing of that tone was heard for 20 looks on end: longer than any pause between two pulses. */
export async function expectNoTone(page: Page, hz: number, timeoutMs = 10_000): Promise<void> {
  let silentLooks = 0
  const gone = async (): Promise<boolean> => {
    silentLooks = isTone(await hear(page), hz) ? 0 : silentLooks + 1
    return silentLooks >= 20
  }
  await until(`${hz} Hz no longer heard`, gone, timeoutMs)
}
