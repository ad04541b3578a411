import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createLog, type Log } from './index.ts'

function written(write: (log: Log) => void): string {
  let text = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  write(createLog('info', sink))
  return text
}

const NUMBER = '+8613812345678'

describe('a phone number is masked', () => {
  test.each([
    ['in a message', (log: Log) => log.info(`calling ${NUMBER} now`)],
    ['in a detail, however deep', (log: Log) => log.info({ call: { to: [{ number: NUMBER }] } }, 'x')],
    ['in an error', (log: Log) => log.error({ err: new Error(`no route to ${NUMBER}`) }, 'x')],
    ['in an error alone', (log: Log) => log.error(new Error(`no route to ${NUMBER}`))],
    ['in the cause of an error', (log: Log) => log.error({ err: new Error('x', { cause: new Error(NUMBER) }) })],
    ['written with blanks', (log: Log) => log.info('calling 138 1234 5678')],
  ])('%s', (_name, write) => {
    expect(written(write)).not.toMatch(/138 ?1234 ?5678/)
  })

  test('but ids, times and addresses stay', () => {
    const kept = ['019a0000-0000-7000-8000-000000000001', '2026-11-23T01:02:03.456Z', '127.0.0.1:15060']
    const line = written((log) => log.info({ kept }, kept.join(' ')))
    for (const one of kept) expect(line.split(one)).toHaveLength(3)
  })
})

test('a secret is left out by its name', () => {
  const secrets = {
    password: 'p-secret',
    token: 't-secret',
    headers: { cookie: 'c-secret', authorization: 'a-secret' },
  }
  expect(
    written((log) => log.info({ ...secrets, dialIn: { ticket: 'k-secret', sipPassword: 's-secret' } }, 'x')),
  ).not.toContain('-secret')
})
