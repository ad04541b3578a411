import { beforeEach, describe, expect, test, vi } from 'vitest'
import { decide, pushFrom, type Asked, type Push } from './decide.ts'
import { serve, type WorkerScope } from './door.ts'

const callId = '01900000-0000-7000-8000-000000000001'
const ringsUntil = '2026-11-23T00:00:30.000Z'
const push: Push = { type: 'ring', callId, from: 'Ann', ringsUntil }
const told = (state: string, rest: Partial<Exclude<Asked, string>> = {}): Asked => ({
  state,
  answeredAt: null,
  endReason: null,
  from: { name: 'Ann' },
  ...rest,
})
const answeredAt = '2026-11-23T00:00:10.000Z'
const early = Date.parse('2026-11-23T00:00:05.000Z')
const late = Date.parse('2026-11-23T00:00:31.000Z')

describe('what a push shows is what the call is now', () => {
  test.each([
    ['it rings', push, told('calling'), early, 'ring'],
    ['it rings on another screen already', push, told('ringing'), early, 'ring'],
    ['answered elsewhere', push, told('connected', { answeredAt }), early, 'elsewhere'],
    [
      'answered elsewhere, and over',
      push,
      told('ended', { answeredAt, endReason: 'hangup-caller' }),
      early,
      'elsewhere',
    ],
    ['declined on another screen', push, told('ended', { endReason: 'rejected' }), early, 'declined'],
    ['the caller gave up', push, told('ended', { endReason: 'cancelled' }), early, 'missed'],
    ['nobody answered', { ...push, type: 'over' }, told('ended', { endReason: 'no-answer' }), late, 'missed'],
    ['it comes too late, and the server has not ended it yet', push, told('ringing'), late, 'missed'],
    ['the server is away, and it may still ring', push, 'unreachable', early, 'ring'],
    ['the server is away, and it is late', push, 'unreachable', late, 'missed'],
    ['the server is away, and it is over', { ...push, type: 'over' }, 'unreachable', early, 'missed'],
    ['nobody is signed in', push, 'hidden', early, 'nothing'],
  ] as const)('%s', (...[, of, call, now, expected]) => {
    expect(decide(of, call, { now, isInView: false })).toMatchObject({ what: expected, callId })
  })

  test('a page in view rings by itself', () => {
    expect(decide(push, told('ringing'), { now: early, isInView: true })).toEqual({ what: 'nothing', callId })
  })

  test('a push that is none of ours shows nothing', () => {
    expect(pushFrom({ ...push, type: 'news' })).toBeNull()
    expect(pushFrom({ ...push, callId: '../session' })).toBeNull()
    expect(pushFrom({ ...push, ringsUntil: 'soon' })).toBeNull()
    expect(pushFrom('ring')).toBeNull()
    expect(pushFrom(push)).toEqual(push)
  })
})

type Shown = { readonly title: string; readonly tag?: string | undefined; close(): void }

/** The browser around the worker: what it shows by tag, which pages are open, and what the server says. */
function browser(language: string, answer: () => Promise<Response>) {
  const listeners = new Map<string, (event: never) => void>()
  const shown = new Map<string, Shown & { readonly options: NotificationOptions }>()
  const pages: {
    url: string
    visibilityState: DocumentVisibilityState
    focus: () => Promise<void>
    postMessage: (said: object) => void
  }[] = []
  const asked = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(answer)
  const opened: string[] = []
  const scope = {
    location: { href: `https://tandem.example/sw.js?language=${language}` },
    registration: {
      showNotification: async (title: string, options: NotificationOptions) =>
        void shown.set(options.tag!, { title, options, tag: options.tag, close: () => shown.delete(options.tag!) }),
      getNotifications: async ({ tag }: { tag: string }) => [shown.get(tag)].filter((each) => each !== undefined),
    },
    clients: {
      claim: async () => undefined,
      matchAll: async () => pages,
      openWindow: async (url: string) => void opened.push(url),
    },
    fetch: asked,
    skipWaiting: async () => undefined,
    addEventListener: (name: string, listener: (event: never) => void) => void listeners.set(name, listener),
  }
  serve(scope as unknown as WorkerScope)
  const fire = async (name: string, event: object) => {
    const work: Promise<unknown>[] = []
    listeners.get(name)?.({ ...event, waitUntil: (one: Promise<unknown>) => work.push(one) } as never)
    await Promise.all(work)
  }
  const click = (action: string) => {
    const { options, close } = shown.get(callId)!
    return fire('notificationclick', { action, notification: { data: options.data as unknown, close } })
  }
  return { shown, pages, asked, opened, click, push: (data: unknown) => fire('push', { data: { json: () => data } }) }
}

let call: Asked
const server = async () => Response.json(call, { status: call === 'hidden' ? 404 : 200 })
const soon = () => ({ ...push, ringsUntil: new Date(Date.now() + 30_000).toISOString() })

beforeEach(() => {
  call = told('calling')
})

test('the worker rings with the call as its tag, and what becomes of it takes that place', async () => {
  const tab = browser('zh-Hans', server)
  await tab.push(soon())
  expect(tab.asked).toHaveBeenCalledWith(
    `/api/calls/${callId}`,
    expect.objectContaining({ credentials: 'same-origin' }),
  )
  expect(tab.shown.get(callId)).toMatchObject({
    title: 'Ann 来电',
    options: { requireInteraction: true, silent: false },
  })
  call = told('connected', { answeredAt })
  await tab.push({ ...soon(), type: 'over' })
  expect([...tab.shown.keys()]).toEqual([callId])
  expect(tab.shown.get(callId)).toMatchObject({
    title: 'Ann',
    options: { body: '已在其他设备上接听', silent: true, requireInteraction: false, actions: [] },
  })
})

test('a push that comes late asks, and does not ring', async () => {
  const tab = browser('en', server)
  call = told('ended', { endReason: 'no-answer' })
  await tab.push(soon())
  expect(tab.shown.get(callId)).toMatchObject({ title: 'Ann', options: { body: 'Missed call', silent: true } })
})

test('the worker shows nothing to a browser that may not know the call, and takes away what it showed', async () => {
  const tab = browser('en', server)
  await tab.push(soon())
  call = 'hidden'
  await tab.push({ ...soon(), type: 'over' })
  expect(tab.shown.size).toBe(0)
})

test('Answer opens a page that answers; one that is open is brought to the front and told', async () => {
  const tab = browser('en', server)
  await tab.push(soon())
  await tab.click('answer')
  expect(tab.opened).toEqual([`/?answer=${callId}`])
  const said: object[] = []
  const focus = vi.fn<() => Promise<void>>(async () => undefined)
  tab.pages.push({
    url: 'https://tandem.example/console/members',
    visibilityState: 'hidden',
    focus,
    postMessage: (one) => void said.push(one),
  })
  await tab.push(soon())
  await tab.click('answer')
  expect(focus).toHaveBeenCalledOnce()
  expect(said).toEqual([{ type: 'answer', callId }])
  expect(tab.opened).toHaveLength(1)
})

test('Decline declines without a page', async () => {
  const tab = browser('en', server)
  await tab.push(soon())
  await tab.click('decline')
  expect(tab.asked).toHaveBeenLastCalledWith(
    `/api/calls/${callId}/decline`,
    expect.objectContaining({ method: 'POST' }),
  )
  expect(tab.opened).toEqual([])
  expect(tab.shown.size).toBe(0)
})
