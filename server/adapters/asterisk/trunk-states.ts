import type { EngineEvent, Registration } from '#calls'
import { parseId, type TrunkId } from '#kernel'

type Contact = 'up' | 'down' | 'unknown'
type State = { readonly contact: Contact; readonly registration: Registration }

/** Asterisk's words for a contact: `NonQualified` = it is not asked. */
const CONTACTS: { readonly [status: string]: Contact } = {
  Reachable: 'up',
  online: 'up',
  Unreachable: 'down',
  offline: 'down',
  NonQualified: 'unknown',
}

/**
 * What is known of each trunk, from two sources: whether it answers OPTIONS, and whether it took our REGISTER. One that
 * is to register and has not is down, whatever it says to OPTIONS.
 */
export class TrunkStates {
  readonly #states = new Map<TrunkId, State>()
  readonly #tell: (event: EngineEvent) => void

  constructor(tell: (event: EngineEvent) => void) {
    this.#tell = tell
  }

  /** `resource` may be a browser's, which is none of ours. */
  contact(resource: string, status: string): void {
    const trunkId = parseId<'trunk'>(resource)
    const contact = CONTACTS[status]
    if (trunkId !== undefined && contact !== undefined) this.#change(trunkId, { contact })
  }

  /** All registrations there are now. */
  registrations(all: ReadonlyMap<string, Registration>): void {
    for (const trunkId of this.#states.keys()) if (!all.has(trunkId)) this.#change(trunkId, { registration: 'none' })
    for (const [resource, registration] of all) {
      const trunkId = parseId<'trunk'>(resource)
      if (trunkId !== undefined) this.#change(trunkId, { registration })
    }
  }

  /** The engine is away: nothing is known. */
  forget(): void {
    this.#states.clear()
  }

  #change(trunkId: TrunkId, change: Partial<State>): void {
    const before = this.#states.get(trunkId)
    const now: State = { contact: 'unknown', registration: 'none', ...before, ...change }
    this.#states.set(trunkId, now)
    if (before?.contact === now.contact && before.registration === now.registration) return
    this.#tell({ kind: 'trunk-reachability', trunkId, state: reachability(now), registration: now.registration })
  }
}

function reachability({ contact, registration }: State): Contact {
  if (registration === 'none') return contact
  if (registration !== 'registered') return 'down'
  return contact === 'unknown' ? 'up' : contact
}
