import type { Timers } from '#calls'
import type { SipUser } from '#identity'
import { BoundedSet, type Instant } from '#kernel'
import type { SipConfiguration } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'

type Parts = {
  readonly configuration: Pick<SipConfiguration, 'pushBrowserUser' | 'removeBrowserUser'>
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

/** A browser that placed no call for so long is dropped; its next call lets it in again. Longer than any call. */
const IDLE_MS = 25 * 3_600_000
const AGAIN_AFTER_MS = 1_000
/** No request lives long enough to come back for an older one. */
const REVOKED_KEPT = 100_000

/** The session of this SIP user is over: it is let in no more. */
export class SipUserRevoked extends Error {
  override name = 'SipUserRevoked'
}

/** Work under one name is done one after the other; a failure is its own, and stops nobody. */
function createTurns() {
  const turns = new Map<string, Promise<void>>()
  return (name: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(name) ?? Promise.resolve()).catch(() => undefined).then(work)
    turns.set(name, turn)
    const isOver = (): void => {
      if (turns.get(name) === turn) turns.delete(name)
    }
    turn.then(isOver, isOver)
    return turn
  }
}

/**
 * The SIP users of browsers in the engine's memory. What is asked for one user is done one after the other, so that a
 * push which is under way when its session ends is followed by the removal, and never the other way round.
 */
export function createBrowserUsers({ configuration, clock, timers, log }: Parts) {
  const users = new Map<string, SipUser & { readonly usedAt: Instant }>()
  const revoked = new BoundedSet<string>(REVOKED_KEPT)
  const inTurn = createTurns()
  const push = ({ sipUser, sipPassword }: SipUser) => configuration.pushBrowserUser({ sipUser, password: sipPassword })

  /** Nothing but the engine's word ends it: what is left there lets a browser in. */
  const removeUntilDone = async (sipUser: string): Promise<void> => {
    try {
      await inTurn(sipUser, () => configuration.removeBrowserUser(sipUser))
    } catch (error) {
      log.warn({ err: error }, 'the engine did not drop a browser user, tried again')
      timers.after(AGAIN_AFTER_MS, () => void removeUntilDone(sipUser))
    }
  }
  const dropIdle = (at: Instant): void => {
    for (const { sipUser, usedAt } of users.values()) {
      if (usedAt >= at - IDLE_MS) continue
      users.delete(sipUser)
      inTurn(sipUser, async () => {
        if (!users.has(sipUser)) await configuration.removeBrowserUser(sipUser)
      }).catch((error: unknown) => log.warn({ err: error }, 'the engine did not drop an idle browser user'))
    }
  }

  return {
    /** Lets a browser in; at once when it is in already. Throws `SipUserRevoked` when its session ended meanwhile. */
    add: async (user: SipUser): Promise<void> => {
      const { sipUser } = user
      const at = clock.now()
      const refuseRevoked = (): void => {
        if (revoked.has(sipUser)) throw new SipUserRevoked(`the session of ${sipUser} is over`)
      }
      await inTurn(sipUser, async () => {
        refuseRevoked()
        if (!users.has(sipUser)) await push(user)
        refuseRevoked()
        users.set(sipUser, { ...user, usedAt: at })
      })
      dropIdle(at)
    },

    /** For good. Resolves after the first try; goes on until the engine has dropped it. */
    revoke(sipUser: string): Promise<void> {
      revoked.add(sipUser)
      users.delete(sipUser)
      return removeUntilDone(sipUser)
    },

    /** The engine forgets with each start. */
    async pushAll(): Promise<void> {
      for (const user of users.values())
        await inTurn(user.sipUser, async () => {
          if (users.has(user.sipUser)) await push(user)
        })
    },
  }
}
