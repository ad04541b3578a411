import type { Instant, MemberId } from '#kernel'
import type { IdentityStore } from './store.ts'

/** The port to the sockets that the edge holds for browsers. */
export type SipSockets = {
  /** Ends them and makes their tickets void. Resolves after the first try; goes on until the edge has taken it. */
  close(sipUsers: readonly string[]): Promise<void>
}

/** What is over: these sessions and, if `memberId` is not `null`, every call of that member, from whatever session. */
export type Ended = { readonly sessionHashes: readonly string[]; readonly memberId: MemberId | null }

/**
 * The port to everything that hangs on a session: screens, SIP sockets, its SIP user, invitations, calls; also what is
 * being made at that moment. Resolves when nothing more can be dialled.
 */
export type SessionReach = { end(ended: Ended): Promise<void> }

/** The one place where sessions end, whatever ends them. */
export type SignOuts = {
  /** Signing out, or revoking one session: it ends with its calls. */
  session(sessionHash: string): Promise<void>
  /**
   * Sessions that were deleted in the transaction of the change that ends them (a suspension, a new password): what hangs
   * on them ends too. Should the server be killed before, its next start finds what no session holds any more.
   */
  deleted(ended: Ended): Promise<void>
  /** Sessions whose time is over at `at`. */
  expired(at: Instant): Promise<void>
}

/** Sessions are gone from the store first: from then on nothing new begins, and the reach ends what had begun. */
export function createSignOuts(
  store: Pick<IdentityStore, 'deleteSession' | 'deleteExpiredSessions'>,
  reach: SessionReach,
): SignOuts {
  return {
    async session(sessionHash) {
      await store.deleteSession(sessionHash)
      await reach.end({ sessionHashes: [sessionHash], memberId: null })
    },
    deleted: (ended) => reach.end(ended),
    async expired(at) {
      const sessionHashes = await store.deleteExpiredSessions(at)
      if (sessionHashes.length > 0) await reach.end({ sessionHashes, memberId: null })
    },
  }
}
