import { createHmac, randomBytes } from 'node:crypto'
import type { SipAccess } from '#identity'

/** The edge checks it when the WebSocket is opened, once, and takes no longer life than this (`supervisor/ticket.ts`). */
const TICKET_LIFE_MS = 60_000

/**
 * A session's SIP user and password are computed from its token's hash and a key of this installation, not stored:
 * a repeated request is answered with the same ones after a restart, and no table holds a password in plain text.
 */
export function createSipAccess(keys: { readonly sessionKey: string; readonly ticketKey: string }): SipAccess {
  const keyed = (purpose: string, value: string) => createHmac('sha256', keys.sessionKey).update(`${purpose}:${value}`)
  return {
    userOfSession: (tokenHash) => ({
      sipUser: `b${keyed('sip-user', tokenHash).digest('hex').slice(0, 24)}`,
      sipPassword: keyed('sip-password', tokenHash).digest('base64url'),
    }),
    isUserOfSession: (sipUser) => /^b[0-9a-f]{24}$/.test(sipUser),
    handsetPassword: (number) => keyed('handset', number).digest('base64url'),
    ticket({ to, sipUser, memberId, at }) {
      const id = randomBytes(16).toString('base64url')
      const claims = { to, sub: sipUser, member: memberId, id, iat: at, exp: at + TICKET_LIFE_MS }
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return `${payload}.${createHmac('sha256', keys.ticketKey).update(payload).digest('base64url')}`
    },
  }
}
