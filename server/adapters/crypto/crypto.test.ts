import { describe, expect, test } from 'vitest'
import { instant, type MemberId } from '#kernel'
import { checkTicket } from '../../../supervisor/ticket.ts'
import { createPasswords, createSipAccess, tokens } from './index.ts'

describe('passwords', () => {
  const passwords = createPasswords()

  test('are kept as PHC strings of argon2id, never twice the same', async () => {
    const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify('correct horse', one)).toBe(true)
    expect(await passwords.verify('correct hors', one)).toBe(false)
  })

  test('are the same however the keyboard composes them', async () => {
    expect(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9'))).toBe(true)
  })

  test('of nobody are never right, and take their time', async () => {
    expect(await passwords.verify('nobody has this password', null)).toBe(false)
  })
})

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
