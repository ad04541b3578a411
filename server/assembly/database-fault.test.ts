import { expect, test } from 'vitest'
import { databaseFault } from './database-fault.ts'

const login = { setting: 'DATABASE_URL', url: 'postgres://tandem:secret@db.example:6432/calls' } as const
const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

test.each([
  ['nobody listens', refused, 'db.example:6432/calls (ECONNREFUSED): nothing listens there'],
  ['behind a cause', new Error('the database could not be migrated', { cause: refused }), 'nothing listens there'],
  ['one of several addresses', new AggregateError([refused]), 'nothing listens there'],
  ['a wrong password', Object.assign(new Error('auth'), { code: '28P01' }), 'the password is wrong'],
])('%s is said in one sentence, without the password', (_, error, text) => {
  const said = databaseFault(error, login)
  expect(said).toContain(text)
  expect(said).not.toContain('secret')
})

test('a socket is told by its folder', () => {
  const bySocket = { ...login, url: 'postgres://tandem:secret@/calls?host=%2Frun%2Fpostgresql' }
  expect(databaseFault(refused, bySocket)).toContain('cannot use /run/postgresql (ECONNREFUSED)')
})

test('a fault of our own is not put on the database', () => {
  expect(databaseFault(new TypeError('x is not a function'), login)).toBeUndefined()
})
