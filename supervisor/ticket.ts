import { createHmac, timingSafeEqual } from 'node:crypto'

/** Leave to open one SIP WebSocket once, signed by the server with the key that both were given. */
export type Ticket = {
  to: 'engine' | 'carrier'
  /** The SIP user that it was made for. */
  sub: string
  /** The member whose session that is; `null`: a phone of the demo, which belongs to nobody. */
  member: string | null
  /** Random. The edge remembers it until `exp`, so that a ticket opens one door once. */
  id: string
  /** When it was made, ms since the epoch. */
  iat: number
  /** ms since the epoch; at this instant it is no longer good. At most `ticketLifeMs` after `iat`. */
  exp: number
}

export type TicketFault = 'ticket-missing' | 'ticket-forged' | 'ticket-expired' | 'ticket-for-another-door'

/** The longest that the edge believes in; what it remembers of tickets may be forgotten after that. */
export const ticketLifeMs = 60_000

/** `<payload>.<HMAC-SHA256 of it>`, both base64url; the payload is the ticket as JSON. */
export function checkTicket(
  text: string | null,
  door: { to: Ticket['to']; key: string; nowMs: number },
): Ticket | TicketFault {
  if (text === null || text === '') return 'ticket-missing'
  const [payload = '', signature = '', ...rest] = text.split('.')
  if (rest.length > 0 || !isSigned(payload, signature, door.key)) return 'ticket-forged'
  // Signed by the server: its form needs no second look.
  const ticket = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Ticket
  if (ticket.exp <= door.nowMs) return 'ticket-expired'
  if (ticket.exp - ticket.iat > ticketLifeMs) return 'ticket-forged'
  if (ticket.to !== door.to) return 'ticket-for-another-door'
  return ticket
}

function isSigned(payload: string, signature: string, key: string): boolean {
  const expected = createHmac('sha256', key).update(payload).digest()
  const given = Buffer.from(signature, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
