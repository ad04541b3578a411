import { pushSubscription } from '@tandem/contract'
import { useEffect, useState } from 'react'
import { askPushKey, forgetPush, keepPush } from './actions.ts'

/** Whether this browser rings while no page of ours is open. `unsupported`: it cannot; `blocked`: the person said no. */
export type PushState = 'unsupported' | 'blocked' | 'off' | 'on'

const isSupported = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

/** The worker speaks the language that stands in its address. */
const workerAddress = (): string => `/sw.js?${new URLSearchParams({ language: document.documentElement.lang })}`

const subscribed = async (): Promise<PushSubscription | null> =>
  (await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription()) ?? null

export async function pushState(): Promise<PushState> {
  if (!isSupported()) return 'unsupported'
  if (Notification.permission === 'denied') return 'blocked'
  return Notification.permission === 'granted' && (await subscribed()) ? 'on' : 'off'
}

/** `undefined`: not known yet. Known anew after `changed`. */
export function usePush(): { readonly state: PushState | undefined; readonly changed: () => Promise<void> } {
  const [state, setState] = useState<PushState>()
  const changed = async () => setState(await pushState().catch((): PushState => 'unsupported'))
  useEffect(() => void changed(), [])
  return { state, changed }
}

/** Asks the person, then the browser's push service, then tells the server. Gives what has come of it. */
export async function turnPushOn(): Promise<PushState> {
  if (!isSupported()) return 'unsupported'
  if ((await Notification.requestPermission()) !== 'granted') return pushState()
  const applicationServerKey = await askPushKey()
  await navigator.serviceWorker.register(workerAddress())
  const { pushManager } = await navigator.serviceWorker.ready
  // One that was made for another key, or for whoever was signed in here before, is of no use.
  await (await pushManager.getSubscription())?.unsubscribe()
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  await keepPush(pushSubscription.parse(subscription.toJSON()))
  return 'on'
}

export async function turnPushOff(): Promise<void> {
  const subscription = isSupported() ? await subscribed() : null
  if (!subscription) return
  // The browser first: then nothing rings here, whether the server can be told or not.
  await subscription.unsubscribe()
  await forgetPush(subscription.endpoint)
}

/** Whoever signs out is not rung here any more. */
export const leavePush = (): Promise<void> => turnPushOff().catch(() => undefined)

/** With each page: the worker speaks its language, and the server knows the way to this browser. */
export async function renewPush(): Promise<void> {
  const subscription = isSupported() ? await subscribed() : null
  if (!subscription) return
  await navigator.serviceWorker.register(workerAddress())
  await keepPush(pushSubscription.parse(subscription.toJSON()))
}
