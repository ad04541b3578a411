import type { Page } from 'playwright-core'

type Watched = { readonly openedSockets: readonly WebSocket[] }

/** From now on the page's WebSockets can be got hold of; before its first load. */
export const watchSockets = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const openedSockets: WebSocket[] = []
    const Plain = WebSocket
    class WatchedSocket extends Plain {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given)
        openedSockets.push(this)
      }
    }
    Object.assign(window, { openedSockets, WebSocket: WatchedSocket })
  })

/**
 * Those to the exchange are lost, as when a network changes; the ones for events stay. Nothing more is heard over them, and
 * the page is told at once: a closing handshake of Chromium's own waits for seconds.
 */
export const closeSipSockets = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { openedSockets } = window as unknown as Watched
    for (const socket of openedSockets) {
      if (new URL(socket.url).pathname !== '/sip') continue
      socket.close()
      socket.dispatchEvent(new CloseEvent('close', { code: 1006, wasClean: false }))
    }
  })
