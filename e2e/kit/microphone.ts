import type { Page } from 'playwright-core'

/** From now on the page's microphones are counted; before its first load. */
export const watchMicrophones = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const opened: MediaStreamTrack[] = []
    Object.assign(window, { openedMicrophones: opened })
    const devices = navigator.mediaDevices
    const open = devices.getUserMedia.bind(devices)
    devices.getUserMedia = async (wanted) => {
      const stream = await open(wanted)
      opened.push(...stream.getTracks())
      return stream
    }
  })

type Watched = { readonly openedMicrophones: readonly MediaStreamTrack[] }

/** How many were opened, and how many of them still listen. */
export const microphones = (page: Page): Promise<{ readonly opened: number; readonly listening: number }> =>
  page.evaluate(() => {
    const { openedMicrophones: all } = window as unknown as Watched
    return { opened: all.length, listening: all.filter(({ readyState }) => readyState === 'live').length }
  })
