import { describe, expect, test } from 'vitest'
import { instant, type MemberId } from '#kernel'
import { checkTicket } from '../../../supervisor/ticket.ts'
import { createHashingQueue } from './hashing-queue.ts'
import { createKnownDevices, createPasswords, createSipAccess, createTokens } from './index.ts'

describe('passwords', () => {
  const passwords = createPasswords()

  test('are kept as PHC strings of argon2id, never twice the same', async () => {
    const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify('correct horse', one, 'known')).toBe(true)
    expect(await passwords.verify('correct hors', one, 'known')).toBe(false)
  })

  test('are the same however the keyboard composes them', async () => {
    expect(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9'), 'stranger')).toBe(true)
  })

  test('of nobody are never right, and take their time', async () => {
    expect(await passwords.verify('nobody has this password', null, 'stranger')).toBe(false)
  })
})

describe('hashing', () => {
  const order: string[] = []
  /** Work that ends when it is told to. */
  const job = (name: string) => {
    let finish = (): void => undefined
    const ended = new Promise<void>((resolve) => (finish = resolve))
    const work = async () => {
      order.push(name)
      await ended
    }
    return { work, finish }
  }

  test('is one at a time, who is known first, and a stranger beyond the queue is told at once', async () => {
    const queue = createHashingQueue(2)
    const jobs = ['first', 'stranger', 'another stranger', 'known'].map(job)
    const running = jobs.map(({ work }, index) => queue.run(index === 3 ? 'known' : 'stranger', work))
    await expect(queue.run('stranger', async () => undefined)).rejects.toThrow('too many')
    expect(order).toEqual(['first'])
    for (const { finish } of jobs) finish()
    await Promise.all(running)
    expect(order).toEqual(['first', 'known', 'stranger', 'another stranger'])
    await queue.run('stranger', async () => void order.push('later'))
    expect(order.at(-1)).toBe('later')
  })

  test('goes on after one that failed', async () => {
    const queue = createHashingQueue(1)
    await expect(queue.run('known', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory')
    expect(await queue.run('known', async () => 'done')).toBe('done')
  })
})

test("a sealed token is told from an invented one, and from another installation's", () => {
  const token = tokens.makeSealed()
  expect(token).toMatch(/^[\w-]{65}$/)
  expect(tokens.isSealed(token)).toBe(true)
  expect(createTokens('another key').isSealed(token)).toBe(false)
  for (const other of ['', 'invented', 'x'.repeat(65), `${token}x`, token.slice(1), `${token.slice(0, -1)}!`])
    expect([other, tokens.isSealed(other)]).toEqual([other, false])
})

describe('a known device', () => {
  const devices = createKnownDevices('key')

  test('is known under the logins that were right there, and under no other', () => {
    const mark = devices.markFor(devices.markFor(undefined, 'ann'), 'bob')
    expect(devices.deviceOf(mark, 'ann')).toBe(devices.deviceOf(mark, 'bob'))
    expect(devices.deviceOf(mark, 'ann')).toMatch(/^[\w-]{22}$/)
    expect(devices.deviceOf(mark, 'eve')).toBeNull()
  })

  test('cannot be made up', () => {
    const mark = devices.markFor(undefined, 'ann')
    for (const other of [undefined, '', 'x', mark.slice(1), createKnownDevices('other').markFor(undefined, 'ann')])
      expect(devices.deviceOf(other, 'ann')).toBeNull()
  })

  test('forgets the longest unseen of more than four', () => {
    const mark = ['a', 'b', 'c', 'd', 'e'].reduce<string | undefined>(devices.markFor, undefined)
    expect(['a', 'b', 'c', 'd', 'e'].map((login) => devices.deviceOf(mark, login) !== null)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ])
  })
})

const tokens = createTokens('a key of the tests')

test('tokens are random and kept as digests', () => {
  expect(tokens.make()).toMatch(/^[\w-]{43}$/)
  expect(tokens.makeKeyName()).toMatch(/^[A-Za-z0-9]{8}$/)
  expect(tokens.digest('x')).toMatch(/^[0-9a-f]{64}$/)
})

describe('access to the engine', () => {
  const keys = { sessionKey: 'session-key', ticketKey: 'ticket-key' }
  const access = createSipAccess(keys)

  test('is the same for one session, after a restart too, and another for the next', () => {
    expect(createSipAccess(keys).userOfSession('a')).toEqual(access.userOfSession('a'))
    expect(access.userOfSession('b')).not.toEqual(access.userOfSession('a'))
    expect(createSipAccess({ ...keys, sessionKey: 'other' }).userOfSession('a')).not.toEqual(access.userOfSession('a'))
  })

  test('opens the door that the ticket is for, for 60 s', () => {
    const memberId = 'm1' as MemberId
    const ticket = access.ticket({ to: 'engine', sipUser: 'b1', memberId, at: instant(1000) })
    const at = (nowMs: number, to: 'engine' | 'carrier' = 'engine') =>
      checkTicket(ticket, { to, key: keys.ticketKey, nowMs })
    expect(at(60_999)).toEqual({
      to: 'engine',
      sub: 'b1',
      member: 'm1',
      id: expect.stringMatching(/^[\w-]{22}$/),
      iat: 1000,
      exp: 61_000,
    })
    expect(at(61_000)).toBe('ticket-expired')
    expect(at(1000, 'carrier')).toBe('ticket-for-another-door')
  })
})
