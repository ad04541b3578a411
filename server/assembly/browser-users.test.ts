import { expect, test } from 'vitest'
import { instant } from '#kernel'
import { createBrowserUsers } from './browser-users.ts'

const user = { sipUser: 'b1', sipPassword: 'secret' }

/** An engine whose answers come when they are let go, in the order of asking; `in` is what it has. */
function steeredEngine() {
  const held = new Set<string>()
  const waiting: { readonly name: string; readonly answer: (isTaken: boolean) => void }[] = []
  const ask = (name: string, take: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const answer = (isTaken: boolean): void => {
        if (isTaken) take()
        if (isTaken) resolve()
        else reject(new Error('the engine is away'))
      }
      waiting.push({ name, answer })
    })
  const again: (() => void)[] = []
  const users = createBrowserUsers({
    configuration: {
      pushBrowserUser: ({ sipUser }) => ask('push', () => held.add(sipUser)),
      removeBrowserUser: (sipUser) => ask('remove', () => held.delete(sipUser)),
    },
    clock: { now: () => instant(0) },
    timers: {
      after(_ms, run) {
        again.push(run)
        return () => undefined
      },
    },
    log: { warn: () => undefined } as never,
  })
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    users,
    held,
    asked: () => waiting.map(({ name }) => name),
    /** Answers everything that is asked until nothing is any more. */
    async answerAll(isTaken: () => boolean = () => true) {
      await settle()
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        next.answer(isTaken())
        await settle()
        for (const run of again.splice(0)) run()
        await settle()
      }
    },
    settle,
  }
}

/** Every order of letting in, ending the session, and the engine's return. */
const steps = ['add', 'add again', 'revoke', 'engine up'] as const
const orders = steps.flatMap((a) =>
  steps.filter((b) => b !== a).flatMap((b) => steps.filter((c) => c !== a && c !== b).map((c) => [a, b, c] as const)),
)

test.each(
  orders
    .filter((order) => order.includes('revoke'))
    .flatMap((order) => [0, 1, 2].map((answeredAfter) => ({ order, answeredAfter }))),
)(
  '$order, answered after $answeredAfter: a session that ended leaves no SIP user',
  async ({ order, answeredAfter }) => {
    const engine = steeredEngine()
    const done: Promise<unknown>[] = []
    for (const [index, step] of order.entries()) {
      if (step === 'revoke') done.push(engine.users.revoke(user.sipUser))
      else if (step === 'engine up') done.push(engine.users.pushAll())
      else done.push(engine.users.add(user).catch((error: Error) => error.name))
      await engine.settle()
      if (index === answeredAfter) await engine.answerAll()
    }
    await engine.answerAll()
    await Promise.all(done)
    expect([...engine.held]).toEqual([])
    await expect(engine.users.add(user)).rejects.toThrow('is over')
  },
)

test('a removal that the engine did not take is asked again until it is', async () => {
  const engine = steeredEngine()
  const added = engine.users.add(user)
  await engine.answerAll()
  await added
  expect([...engine.held]).toEqual(['b1'])
  let tries = 0
  void engine.users.revoke(user.sipUser)
  await engine.answerAll(() => ++tries > 3)
  expect([tries, [...engine.held]]).toEqual([4, []])
})

test('a push that failed is tried by the next call, and nobody is thought to be in', async () => {
  const engine = steeredEngine()
  const failed = engine.users.add(user).catch((error: Error) => error.message)
  await engine.answerAll(() => false)
  expect(await failed).toBe('the engine is away')
  const added = engine.users.add(user)
  await engine.answerAll()
  await added
  expect([...engine.held]).toEqual(['b1'])
})
