import type { Calls, Timers } from '#calls'
import type { EngineAccess, Hub } from '#http'
import type { SessionReach, SignOuts, SipAccess, SipSockets } from '#identity'
import type { Instant } from '#kernel'
import type { Log } from '../adapters/log/index.ts'

type Reached = {
  readonly hub: Hub
  readonly calls: Calls
  readonly engine: EngineAccess
  readonly sockets: SipSockets
  readonly sipAccess: SipAccess
}

/**
 * Each part first takes note that these sessions are over, before anything is waited for: what is in flight meets that
 * note wherever it has got to.
 */
export function createSessionReach({ hub, calls, engine, sockets, sipAccess }: Reached): SessionReach {
  return {
    async end({ sessionHashes, memberId }) {
      const sipUsers = sessionHashes.map((hash) => sipAccess.userOfSession(hash).sipUser)
      for (const hash of sessionHashes) hub.dropSession(hash)
      const ends = [
        calls.signedOut({ sipUsers, memberId }),
        ...sipUsers.map((sipUser) => engine.removeBrowser(sipUser)),
      ]
      await Promise.all([...ends, sockets.close(sipUsers)])
    },
  }
}

const SWEEP_EVERY_MS = 60_000

type Sweep = {
  readonly signOuts: SignOuts
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

/** Sessions end by themselves at their time, within a minute. Returns what stops it. */
export function endExpiredSessions({ signOuts, clock, timers, log }: Sweep): () => void {
  let stop = (): void => undefined
  let isStopped = false
  const sweep = async (): Promise<void> => {
    await signOuts
      .expired(clock.now())
      .catch((error: unknown) => log.warn({ err: error }, 'expired sessions are ended later'))
    if (!isStopped) stop = timers.after(SWEEP_EVERY_MS, () => void sweep())
  }
  void sweep()
  return () => {
    isStopped = true
    stop()
  }
}
