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

/** Those to the exchange are closed, as by a network that changed; the ones for events stay. */
export const closeSipSockets = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { openedSockets } = window as unknown as Watched
    for (const socket of openedSockets) if (new URL(socket.url).pathname === '/sip') socket.close()
  })
