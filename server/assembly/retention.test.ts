import { noon } from '../adapters/postgres/testing-nouns.ts'
import { later } from '#kernel'
import { expect, test } from 'vitest'
import { keepMonths } from './retention.ts'

test('once a day, and sooner after a fault, months are made and what is kept no longer goes to the last step', async () => {
  let now = noon
  let isAway = false
  const steps = [
    { part: 'event_2025_03', deleted: 5_000 },
    { part: 'event_2025_03', deleted: null },
  ]
  const did: string[] = []
  const retention = {
    async makeMonths(at: typeof noon) {
      if (isAway) throw new Error('the database is away')
      did.push(`months of ${at - noon}`)
    },
    async expire() {
      return steps.shift() ?? null
    },
  }
  let next: { readonly ms: number; readonly run: () => void } | undefined
  let slept: (() => void) | undefined
  const timers = {
    after(ms: number, run: () => void) {
      next = { ms, run }
      slept?.()
      return () => (next = undefined)
    },
  }
  const told: unknown[] = []
  const log = {
    info: (what: object) => void told.push(what),
    warn: (_: object, message: string) => void told.push(message),
  } as never
  const untilAsleep = (begin: () => void) =>
    new Promise<void>((resolve) => {
      slept = resolve
      begin()
    })
  let stop = (): void => undefined
  await untilAsleep(() => (stop = keepMonths({ retention, clock: { now: () => now }, timers, log })))
  expect(told).toEqual([
    { part: 'event_2025_03', deleted: 5_000 },
    { part: 'event_2025_03', deleted: null },
  ])
  const aDay = next!.ms
  expect(aDay).toBeLessThanOrEqual(86_400_000)
  now = later(noon, aDay)
  isAway = true
  await untilAsleep(() => next?.run())
  expect(told).toHaveLength(3)
  expect(next!.ms).toBeLessThan(aDay)
  isAway = false
  await untilAsleep(() => next?.run())
  expect(did).toEqual(['months of 0', `months of ${aDay}`])
  stop()
  expect(next).toBeUndefined()
})
