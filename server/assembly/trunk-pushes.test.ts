import { expect, test, vi } from 'vitest'
import type { Trunk } from '#carriers'
import { newId } from '#kernel'
import type { SipObject } from '../adapters/asterisk/index.ts'
import { aTrunk } from '../adapters/postgres/testing-nouns.ts'
import { TrunkPushes } from './trunk-pushes.ts'

const [one, other] = [aTrunk(newId()), aTrunk(newId())]

/** An engine that takes what it is told to take, and a clock that runs when it is told to. */
function stage({ trunks = [one, other] }: { readonly trunks?: readonly Trunk[] } = {}) {
  const pushed: { readonly trunk: Trunk; readonly only: readonly SipObject[] | undefined }[] = []
  const refused = new Map<string, readonly SipObject[]>()
  const due: { readonly afterMs: number; readonly run: () => void }[] = []
  let isDatabaseAway = false
  const pushes = new TrunkPushes({
    configuration: {
      pushTrunk: async (trunk, only) => {
        pushed.push({ trunk, only })
        return refused.get(trunk.id) ?? []
      },
    },
    carriers: {
      trunks: async () => {
        if (isDatabaseAway) throw new Error('the database is away')
        return trunks
      },
    },
    timers: {
      after(afterMs, run) {
        const timer = { afterMs, run }
        due.push(timer)
        return () => void due.splice(due.indexOf(timer), 1)
      },
    },
    log: { warn: () => undefined } as never,
  })
  return {
    pushes,
    pushed,
    refuse: (trunk: Trunk, ...objects: readonly SipObject[]) => refused.set(trunk.id, objects),
    loseDatabase: (isAway: boolean) => (isDatabaseAway = isAway),
    engineIsUp: () => pushes.hear({ kind: 'engine-up', bootId: 'boot-1' }),
    engineIsDown: () => pushes.hear({ kind: 'engine-down' }),
    timers: () => due.length,
    /** Runs the timer that is due next; resolves to how long it had waited. */
    async wait() {
      await vi.waitFor(() => expect(due).not.toEqual([]))
      const next = due.shift()!
      next.run()
      return next.afterMs
    },
    stateBecomes: (trunk: Trunk, configuration: string) =>
      vi.waitFor(() => expect(pushes.stateOf(trunk.id)).toMatchObject({ configuration })),
  }
}

test('what the engine does not take is pushed again, more and more seldom, and holds up no other trunk', async () => {
  const { engineIsUp, refuse, stateBecomes, wait, pushed } = stage()
  refuse(one, 'identify', 'registration')
  engineIsUp()
  await stateBecomes(other, 'whole')
  await stateBecomes(one, 'partial')
  const pauses = []
  for (let tries = 0; tries < 7; tries++) pauses.push(await wait())
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect(pushed.at(-1)).toEqual({ trunk: one, only: ['identify', 'registration'] })
  refuse(one)
  await wait()
  await stateBecomes(one, 'whole')
  expect(pushed.filter(({ trunk }) => trunk === other)).toHaveLength(1)
})

test('what is changed while all are read is not written over by what was read', async () => {
  const { engineIsUp, pushes, pushed, stateBecomes } = stage()
  engineIsUp()
  await pushes.push({ ...one, priority: 7 })
  await stateBecomes(other, 'whole')
  expect(pushed.filter(({ trunk }) => trunk.id === one.id).map(({ trunk }) => trunk.priority)).toEqual([7])
})

test('without its endpoint a trunk is missing', async () => {
  const { engineIsUp, refuse, stateBecomes, pushes } = stage()
  expect(pushes.stateOf(one.id)).toEqual({ configuration: 'missing', registration: 'none' })
  refuse(one, 'endpoint')
  engineIsUp()
  await stateBecomes(other, 'whole')
  await stateBecomes(one, 'missing')
})

test('a trunk that was changed is pushed as it is now, and no more as it was', async () => {
  const { engineIsUp, refuse, stateBecomes, wait, pushes, pushed, timers } = stage({ trunks: [one] })
  refuse(one, 'identify')
  engineIsUp()
  await stateBecomes(one, 'partial')
  refuse(one)
  const changed = { ...one, host: 'other.example' }
  await pushes.push(changed)
  await stateBecomes(one, 'whole')
  expect(pushed.at(-1)).toEqual({ trunk: changed, only: undefined })
  expect(timers()).toBe(0)
  refuse(one, 'identify')
  await pushes.push(one)
  await wait()
  await vi.waitFor(() => expect(pushed.at(-1)?.only).toEqual(['identify']))
})

test('while the engine is away nothing is pushed; when it comes, all is', async () => {
  const { engineIsUp, engineIsDown, refuse, stateBecomes, pushes, pushed, timers } = stage()
  await pushes.push(one)
  expect(pushed).toEqual([])
  refuse(one, 'identify')
  engineIsUp()
  await stateBecomes(one, 'partial')
  await vi.waitFor(() => expect(timers()).toBe(1))
  engineIsDown()
  expect(timers()).toBe(0)
  expect(pushes.stateOf(other.id).configuration).toBe('missing')
  engineIsUp()
  await stateBecomes(other, 'whole')
})

test('a database that is away when the engine comes is asked again', async () => {
  const { engineIsUp, loseDatabase, wait, stateBecomes } = stage()
  loseDatabase(true)
  engineIsUp()
  expect(await wait()).toBe(1_000)
  loseDatabase(false)
  expect(await wait()).toBe(2_000)
  await stateBecomes(one, 'whole')
})

test('how the carrier took our REGISTER is told', () => {
  const { pushes } = stage()
  pushes.hear({ kind: 'trunk-reachability', trunkId: one.id, state: 'down', registration: 'rejected' })
  expect(pushes.stateOf(one.id)).toMatchObject({ registration: 'rejected' })
})
