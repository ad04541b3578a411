import type { Calls, Engine, Timers } from '#calls'
import type { EngineAccess, Hub } from '#http'
import type { IdentityStore, SessionReach, SipAccess, SipSockets } from '#identity'
import type { Instant, MemberId } from '#kernel'
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
export function createSessionReach({ hub, calls, engine, sockets, sipAccess }: Reached): SessionReach & LeftOverEnds {
  const endUsers = async (sipUsers: readonly string[], memberId: MemberId | null): Promise<void> => {
    const ends = [calls.signedOut({ sipUsers, memberId }), ...sipUsers.map((sipUser) => engine.removeBrowser(sipUser))]
    await Promise.all([...ends, sockets.close(sipUsers)])
  }
  return {
    async end({ sessionHashes, memberId }) {
      for (const hash of sessionHashes) hub.dropSession(hash)
      const sipUsers = sessionHashes.map((hash) => sipAccess.userOfSession(hash).sipUser)
      await endUsers(sipUsers, memberId)
    },
    endUsers: (sipUsers) => endUsers(sipUsers, null),
  }
}

/** What hangs on these SIP users, where nobody knows any more whose sessions they were. */
type LeftOverEnds = { endUsers(sipUsers: readonly string[]): Promise<void> }

type LeftOvers = {
  readonly engine: Pick<Engine, 'subscribe'>
  readonly access: { endpointNames(): Promise<readonly string[]> }
  readonly store: Pick<IdentityStore, 'livingSessions'>
  readonly reach: LeftOverEnds
  readonly sipAccess: SipAccess
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

const LEFT_OVERS_AGAIN_MS = 1_000

/**
 * A server that is killed between the end of a session and the end of what hangs on it leaves its SIP user in the engine,
 * and its call. So each time that the engine is there again, those of no living session end.
 */
export function endLeftOvers({ engine, access, store, reach, sipAccess, clock, timers, log }: LeftOvers): void {
  let cancel = (): void => undefined
  const compare = async (): Promise<void> => {
    // The engine first: whoever comes in between has a session by then.
    const users = (await access.endpointNames()).filter((name) => sipAccess.isUserOfSession(name))
    if (users.length === 0) return
    const living = new Set(
      (await store.livingSessions(clock.now())).map((hash) => sipAccess.userOfSession(hash).sipUser),
    )
    const leftOver = users.filter((user) => !living.has(user))
    if (leftOver.length > 0) log.info({ count: leftOver.length }, 'SIP users of sessions that are over are ended')
    await reach.endUsers(leftOver)
  }
  const untilDone = async (): Promise<void> => {
    try {
      await compare()
    } catch (error) {
      log.warn({ err: error }, 'what ended sessions left behind is looked for again')
      cancel = timers.after(LEFT_OVERS_AGAIN_MS, () => void untilDone())
    }
  }
  engine.subscribe((event) => {
    if (event.kind === 'engine-up' || event.kind === 'engine-down') cancel()
    if (event.kind === 'engine-up') void untilDone()
  })
}

const SWEEP_EVERY_MS = 60_000

type Sweep = {
  /** Ends and removes what is over by then. */
  readonly expired: (at: Instant) => Promise<void>
  readonly clock: { now(): Instant }
  readonly timers: Timers
  readonly log: Log
}

/** Sessions end by themselves at their time, within a minute. Returns what stops it. */
export function endExpiredSessions({ expired, clock, timers, log }: Sweep): () => void {
  let stop = (): void => undefined
  let isStopped = false
  const sweep = async (): Promise<void> => {
    await expired(clock.now()).catch((error: unknown) =>
      log.warn({ err: error }, 'expired sessions and keys of requests are ended later'),
    )
    if (!isStopped) stop = timers.after(SWEEP_EVERY_MS, () => void sweep())
  }
  void sweep()
  return () => {
    isStopped = true
    stop()
  }
}
