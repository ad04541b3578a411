import { decide, pushFrom, type Asked, type Push, type Told } from './decide.ts'
import { notificationOf } from './notification.ts'

/* Rings while no page of ours is open. It keeps nothing and answers no request of a page. */

type Extendable = { waitUntil(work: Promise<unknown>): void }

type Page = {
  readonly url: string
  readonly visibilityState: DocumentVisibilityState
  focus(): Promise<unknown>
  postMessage(message: object): void
}

type Events = {
  readonly install: Extendable
  readonly activate: Extendable
  readonly push: Extendable & { readonly data: { json(): unknown } | null }
  readonly notificationclick: Extendable & {
    readonly action: string
    readonly notification: { readonly data: unknown; close(): void }
  }
}

/** As much of a `ServiceWorkerGlobalScope` as is used; TypeScript's own excludes the types of pages. */
export type WorkerScope = {
  readonly location: { readonly href: string }
  readonly registration: Pick<ServiceWorkerRegistration, 'showNotification' | 'getNotifications'>
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: boolean }): Promise<readonly Page[]>
    openWindow(url: string): Promise<unknown>
  }
  fetch(url: string, init: RequestInit): Promise<Response>
  skipWaiting(): Promise<void>
  addEventListener<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): void
}

export function serve(scope: WorkerScope): void {
  scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()))
  scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()))
  scope.addEventListener('push', (event) => {
    const push = pushFrom(jsonOf(event.data))
    if (push) event.waitUntil(show(scope, push))
  })
  scope.addEventListener('notificationclick', (event) => {
    const { callId, isRing } = (event.notification.data ?? {}) as { callId?: string; isRing?: boolean }
    event.notification.close()
    if (!callId) return
    if (event.action === 'decline') event.waitUntil(decline(scope, callId))
    else event.waitUntil(open(scope, isRing && event.action === 'answer' ? callId : null))
  })
}

function jsonOf(data: Events['push']['data']): unknown {
  try {
    return data?.json()
  } catch {
    return null
  }
}

async function show(scope: WorkerScope, push: Push): Promise<void> {
  const [call, pages] = await Promise.all([ask(scope, push.callId), pagesOf(scope)])
  const isInView = pages.some(({ visibilityState }) => visibilityState === 'visible')
  const shown = decide(push, call, { now: Date.now(), isInView })
  if (shown.what !== 'nothing') {
    const { title, options } = notificationOf(shown, languageOf(scope))
    return scope.registration.showNotification(title, options)
  }
  for (const before of await scope.registration.getNotifications({ tag: shown.callId })) before.close()
}

/** The page says it when it registers the worker; see `session/push.ts`. */
const languageOf = ({ location }: WorkerScope): string => new URL(location.href).searchParams.get('language') ?? 'en'

/** The server takes a moment at most; who waits longer rings for nobody. */
const PATIENCE_MS = 5000

async function ask(scope: WorkerScope, callId: string): Promise<Asked> {
  try {
    const answer = await scope.fetch(`/api/calls/${callId}`, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    if (answer.ok) return (await answer.json()) as Told
    return answer.status < 500 ? 'hidden' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}

const decline = (scope: WorkerScope, callId: string): Promise<unknown> =>
  scope.fetch(`/api/calls/${callId}/decline`, { method: 'POST', credentials: 'same-origin' }).catch(() => undefined)

const pagesOf = ({ clients }: WorkerScope): Promise<readonly Page[]> =>
  clients.matchAll({ type: 'window', includeUncontrolled: true })

/** A page that is open is told; else one is opened, whose address says what to do. `null`: only to be looked at. */
async function open(scope: WorkerScope, answerId: string | null): Promise<void> {
  const pages = (await pagesOf(scope)).filter(({ url }) => !/^\/(sign-in|handset)/.test(new URL(url).pathname))
  const page = pages.find(({ visibilityState }) => visibilityState === 'visible') ?? pages[0]
  if (!page) {
    await scope.clients.openWindow(answerId ? `/?${new URLSearchParams({ answer: answerId })}` : '/')
    return
  }
  await page.focus()
  // To a page of our own: there is no other origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  if (answerId) page.postMessage({ type: 'answer', callId: answerId })
}
