import type { EdgeLimits } from './edge-limits.ts'
import { ticketLifeMs } from './ticket.ts'
import type { Ticket } from './ticket.ts'

export type PipeRefusal =
  | 'ticket-used'
  | 'ticket-revoked'
  | 'member-sockets-exhausted'
  | 'address-sockets-exhausted'
  | 'sockets-exhausted'

type Pipe = { readonly sipUser: string; readonly owner: string; readonly address: string; end(): void }
type Comer = { readonly ticket: Ticket; readonly address: string; readonly nowMs: number; end(): void }
type PipeCaps = Pick<EdgeLimits, 'sipPipes' | 'sipPipesPerMember' | 'sipPipesPerAddress'>

/**
 * The open SIP WebSockets, and what is remembered of tickets: which were used, and whose are no longer good. Lost with
 * the edge's process: a ticket may then be used a second time, within its minute and by whoever holds it, but the
 * engine still asks for the SIP user's password.
 */
export class SipPipes {
  readonly #caps: PipeCaps
  readonly #open = new Set<Pipe>()
  readonly #byOwner = new Map<string, number>()
  readonly #byAddress = new Map<string, number>()
  /** Ticket id → when it may be forgotten. */
  readonly #used = new Map<string, number>()
  /** SIP user → the instant of the last revocation. */
  readonly #revoked = new Map<string, number>()

  constructor(caps: PipeCaps) {
    this.#caps = caps
  }

  /** Takes a place, and the ticket; the answer gives the place back, once. A refused ticket is still good. */
  open({ ticket, address, nowMs, end }: Comer): PipeRefusal | (() => void) {
    this.#forget(nowMs)
    const owner = ticket.member ?? ticket.sub
    const refusal = this.#refusalOf(ticket, owner, address)
    if (refusal !== null) return refusal
    this.#used.set(ticket.id, ticket.exp)
    const pipe = { sipUser: ticket.sub, owner, address, end }
    this.#open.add(pipe)
    count(this.#byOwner, owner, 1)
    count(this.#byAddress, address, 1)
    return () => this.#release(pipe)
  }

  /** Ends every pipe of these SIP users, and all of their tickets that were made up to now. Answers how many pipes. */
  close(sipUsers: ReadonlySet<string>, nowMs: number): number {
    this.#forget(nowMs)
    for (const sipUser of sipUsers) {
      this.#revoked.delete(sipUser) // To the end of the order in which they are forgotten.
      this.#revoked.set(sipUser, nowMs)
    }
    const theirs = [...this.#open].filter((pipe) => sipUsers.has(pipe.sipUser))
    for (const pipe of theirs) pipe.end()
    return theirs.length
  }

  #refusalOf(ticket: Ticket, owner: string, address: string): PipeRefusal | null {
    if (this.#used.has(ticket.id)) return 'ticket-used'
    if (ticket.iat <= (this.#revoked.get(ticket.sub) ?? -Infinity)) return 'ticket-revoked'
    if ((this.#byOwner.get(owner) ?? 0) >= this.#caps.sipPipesPerMember) return 'member-sockets-exhausted'
    if ((this.#byAddress.get(address) ?? 0) >= this.#caps.sipPipesPerAddress) return 'address-sockets-exhausted'
    if (this.#open.size >= this.#caps.sipPipes) return 'sockets-exhausted'
    return null
  }

  #release(pipe: Pipe): void {
    if (!this.#open.delete(pipe)) return
    count(this.#byOwner, pipe.owner, -1)
    count(this.#byAddress, pipe.address, -1)
  }

  /** Both are in the order of their ends, near enough: one that is kept a little longer harms nobody. */
  #forget(nowMs: number): void {
    forgetUntil(this.#used, nowMs)
    forgetUntil(this.#revoked, nowMs - ticketLifeMs - 1)
  }
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}

function forgetUntil(instants: Map<string, number>, untilMs: number): void {
  for (const [key, at] of instants) {
    if (at > untilMs) return
    instants.delete(key)
  }
}
