import type { Registration } from '#calls'
import type { AriAddress } from './ari-socket.ts'

const ANSWER_WITHIN_MS = 2_000

const STATES: { readonly [status: string]: Registration } = { Registered: 'registered', Rejected: 'rejected' }

/**
 * How our registrations at the carriers stand. ARI does not tell; the manager interface (AMI) does, at the same address,
 * with the same password, and may do nothing else (`deploy/asterisk/engine/manager.conf`).
 */
export class Registrations {
  readonly #url: string
  readonly #login: URLSearchParams
  #cookie: string | null = null

  constructor({ ariUrl, user, password }: AriAddress) {
    this.#url = `${ariUrl.replace(/\/ari$/, '')}/rawman`
    this.#login = new URLSearchParams({ action: 'Login', username: user, secret: password })
  }

  /** By the id of the registration, which is its trunk's. */
  async read(): Promise<ReadonlyMap<string, Registration>> {
    if (this.#cookie === null) await this.#signIn()
    const text = await this.#ask(new URLSearchParams({ action: 'PJSIPShowRegistrationsOutbound' }))
    if (text.startsWith('Response: Success')) return registrationsOf(text)
    this.#cookie = null // The session was idle for too long: the next time signs in again.
    // Nothing to list is an error to it.
    if (/No (outbound )?registrations/i.test(text)) return new Map()
    throw new Error(`the manager interface refused: ${/Message: (.*)/.exec(text)?.[1] ?? 'no reason'}`)
  }

  async #signIn(): Promise<void> {
    await this.#ask(this.#login)
  }

  async #ask(query: URLSearchParams): Promise<string> {
    const answer = await fetch(`${this.#url}?${query.toString()}`, {
      headers: this.#cookie === null ? {} : { cookie: this.#cookie },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0]
    if (cookie !== undefined) this.#cookie = cookie
    return answer.text()
  }
}

/** Blocks of `Name: value` lines, an empty line between them. */
function registrationsOf(text: string): ReadonlyMap<string, Registration> {
  const found = new Map<string, Registration>()
  for (const block of text.split('\r\n\r\n')) {
    if (!block.startsWith('Event: OutboundRegistrationDetail\r\n')) continue
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]?.trim() ?? ''
    found.set(field('ObjectName'), STATES[field('Status')] ?? 'unregistered')
  }
  return found
}
