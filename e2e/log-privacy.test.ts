import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { recordOf } from './kit/books.ts'
import { leaksIn, readAll } from './kit/leaks.ts'
import { demo, numbers } from './kit/softphone.ts'
import { driver, person, shared } from './kit/stage.ts'
import { keptLogs } from './kit/tandem.ts'

const member = await person(440)

test('no log of any part of any story has a telephone number or a secret', async () => {
  const { data, operator } = shared()
  // Of a run of this story alone there would be little to read.
  const { phone, api } = await driver(member)
  const callId = await phone.call(numbers.busy)
  await recordOf(api, callId)
  await operator.ask('GET', `/api/records?number=${encodeURIComponent(numbers.busy)}`)

  const lanes = inject('shared')
  const logs = [...lanes.map((lane) => join(lane.data, 'log')), keptLogs].filter(existsSync).flatMap(readAll)
  for (const part of ['postgres', 'engine', 'carrier', 'edge', 'server'])
    expect(logs.map(({ file }) => file)).toContain(join(data, 'log', `${part}.log`))
  expect(logs.find(({ file }) => file === join(data, 'log/server.log'))?.text).toContain('{')
  const secrets = [
    ...lanes.flatMap((lane) => [...secretsOf(lane.data), lane.operatorKey]),
    demo.driver.password,
    demo.administrator.password,
  ]
  expect(logs.flatMap(({ file, text }) => leaksIn(file, text, secrets))).toEqual([])
})

const secretsOf = (data: string): readonly string[] =>
  Object.values(JSON.parse(readFileSync(join(data, 'secrets.json'), 'utf8')) as Record<string, unknown>)
    .flatMap((value) => (typeof value === 'string' ? [value] : []))
    .filter((value) => value.length >= 8)

test('the reader finds what it looks for', () => {
  const text = 'dialled 8613000000002\nAuthorization: Bearer abcdefgh1234\nto +86130…02\n'
  expect(leaksIn('a.log', text, ['abcdefgh1234'])).toEqual([
    { file: 'a.log', line: 1, what: 'the number 8613000000002' },
    { file: 'a.log', line: 2, what: 'the secret abc…' },
  ])
})
