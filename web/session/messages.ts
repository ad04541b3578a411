import { useEffect, useRef } from 'react'

type Message = { readonly title: string; readonly body: string; readonly isRinging?: boolean }

/**
 * Says it beside the page, where the person looks now. A message of the same call (`tag`) takes the place of the one
 * before, whether a page or the service worker showed it.
 */
export async function showMessage(tag: string, { title, body, isRinging = false }: Message): Promise<void> {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.visibilityState === 'visible')
    return
  const options = { body, tag, icon: '/icon.svg', requireInteraction: isRinging, silent: true, data: { callId: tag } }
  const registration = await navigator.serviceWorker?.getRegistration()
  if (registration) return registration.showNotification(title, options)
  const shown = new Notification(title, options)
  shown.addEventListener('click', () => {
    window.focus()
    shown.close()
  })
}

/** What somebody chose on a notification of the service worker; see `service-worker/door.ts`. */
type Chosen = { readonly type: 'answer'; readonly callId: string }

const isChosen = (data: unknown): data is Chosen =>
  typeof data === 'object' && data !== null && 'callId' in data && 'type' in data && data.type === 'answer'

/** Which call is to be answered: by the service worker's word, or by the address with which it opened this page. */
export function useAnswerWish(onWish: (callId: string) => void): void {
  const listener = useRef(onWish)
  listener.current = onWish
  useEffect(() => {
    const url = new URL(location.href)
    const callId = url.searchParams.get('answer')
    if (callId) {
      url.searchParams.delete('answer')
      history.replaceState(history.state, '', url)
      listener.current(callId)
    }
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
    const hear = ({ data }: MessageEvent) => isChosen(data) && listener.current(data.callId)
    workers?.addEventListener('message', hear)
    return () => workers?.removeEventListener('message', hear)
  }, [])
}
