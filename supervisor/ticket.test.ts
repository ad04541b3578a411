import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { checkTicket, type Ticket } from './ticket.ts'

const key = 'the key of this run'
const good: Ticket = { to: 'engine', sub: 'u1', member: 'm1', id: 'i1', iat: 1_000, exp: 2_000 }

function sign(ticket: Ticket, withKey = key): string {
  const payload = Buffer.from(JSON.stringify(ticket)).toString('base64url')
  return `${payload}.${createHmac('sha256', withKey).update(payload).digest('base64url')}`
}

it('lets a good ticket through', () => {
  expect(checkTicket(sign(good), { to: 'engine', key, nowMs: 1_999 })).toEqual(good)
})

it.each([
  { why: 'none', text: null, fault: 'ticket-missing' },
  { why: 'an empty one', text: '', fault: 'ticket-missing' },
  { why: 'no ticket at all', text: 'abc', fault: 'ticket-forged' },
  { why: 'one signed by another key', text: sign(good, 'another'), fault: 'ticket-forged' },
  { why: 'a changed payload', text: `e30.${sign(good).split('.')[1]}`, fault: 'ticket-forged' },
  { why: 'a third part', text: `${sign(good)}.x`, fault: 'ticket-forged' },
  { why: 'one that ends now', text: sign({ ...good, exp: 1_999 }), fault: 'ticket-expired' },
  { why: 'one that lives too long', text: sign({ ...good, exp: 61_001 }), fault: 'ticket-forged' },
  { why: "another door's", text: sign({ ...good, to: 'carrier' }), fault: 'ticket-for-another-door' },
])('refuses $why', ({ text, fault }) => {
  expect(checkTicket(text, { to: 'engine', key, nowMs: 1_999 })).toBe(fault)
})
