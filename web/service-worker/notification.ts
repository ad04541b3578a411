import en from '../ui/locales/en/worker.json'
import hans from '../ui/locales/zh-Hans/worker.json'
import hant from '../ui/locales/zh-Hant/worker.json'
import type { Shown } from './decide.ts'

const TEXTS: Readonly<Record<string, typeof en>> = { en, 'zh-Hans': hans, 'zh-Hant': hant }

type Ringable = Exclude<Shown, { what: 'nothing' }>

/** Buttons are not in TypeScript's library: https://notifications.spec.whatwg.org/#dictdef-notificationaction */
export type WorkerNotification = NotificationOptions & {
  readonly renotify: boolean
  readonly actions: readonly { readonly action: 'answer' | 'decline'; readonly title: string }[]
}

/** One a call: what becomes of it takes the place of its ring. */
export function notificationOf(
  { what, callId, from }: Ringable,
  language: string,
): { readonly title: string; readonly options: WorkerNotification } {
  const texts = TEXTS[language] ?? en
  const isRing = what === 'ring'
  const title = isRing ? texts.calls.replace('{{name}}', from) : from
  return {
    title,
    options: {
      body: isRing ? texts.inApp : texts[what],
      tag: callId,
      icon: '/icon.svg',
      lang: TEXTS[language] ? language : 'en',
      requireInteraction: isRing,
      // Only the ring is heard: what becomes of it comes quietly.
      silent: !isRing,
      renotify: isRing,
      data: { callId, isRing },
      actions: isRing
        ? [
            { action: 'answer', title: texts.answer },
            { action: 'decline', title: texts.decline },
          ]
        : [],
    },
  }
}
