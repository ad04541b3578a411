import { expect, test } from 'vitest'
import { Gate, Gathered } from './at-once.ts'

/** Answers are given by hand. */
function asking() {
  const questions: { readonly items: readonly number[]; readonly answer: (error?: Error) => void }[] = []
  const gathered = new Gathered<number>(
    (items) =>
      new Promise<void>((resolve, reject) => {
        questions.push({ items, answer: (error) => (error === undefined ? resolve() : reject(error)) })
      }),
  )
  return { gathered, questions, asked: () => questions.map(({ items }) => items) }
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('however many ask, one question is under way, and the next one takes all that came meanwhile', async () => {
  const { gathered, questions, asked } = asking()
  const first = gathered.add(1)
  await turn()
  const later = [gathered.add(2), gathered.add(3)]
  await turn()
  expect(asked()).toEqual([[1]])
  questions[0]!.answer()
  await first
  await turn()
  expect(asked()).toEqual([[1], [2, 3]])
  questions[1]!.answer()
  await Promise.all(later)
})

test('a question that fails fails for those who asked it, and the next one is asked', async () => {
  const { gathered, questions, asked } = asking()
  const first = gathered.add(1)
  await turn()
  const second = gathered.add(2)
  questions[0]!.answer(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await turn()
  expect(asked()).toEqual([[1], [2]])
  questions[1]!.answer()
  await second
})

test('a gate lets so many in, the others in their order, also after one that failed', async () => {
  const gate = new Gate(2)
  const entered: number[] = []
  const leave: ((error?: Error) => void)[] = []
  const enter = (who: number) =>
    gate.pass(
      () =>
        new Promise<void>((resolve, reject) => {
          entered.push(who)
          leave[who] = (error) => (error === undefined ? resolve() : reject(error))
        }),
    )
  const all = [0, 1, 2, 3].map(enter)
  await turn()
  expect(entered).toEqual([0, 1])
  leave[1]!(new Error('failed'))
  await expect(all[1]).rejects.toThrow('failed')
  await turn()
  expect(entered).toEqual([0, 1, 2])
  leave[0]!()
  await turn()
  expect(entered).toEqual([0, 1, 2, 3])
  leave[2]!()
  leave[3]!()
  await Promise.all([all[0], all[2], all[3]])
  const next = enter(4)
  await turn()
  expect(entered).toContain(4)
  leave[4]!()
  await next
})
