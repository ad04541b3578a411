import type { NumberedEvent } from '#calls'
import { BoundedSet, type MemberId } from '#kernel'

/** What somebody at a screen wants to hear. */
export type Listener = {
  /** Closing the session closes its screens. */
  readonly sessionHash: string
  readonly memberId: MemberId
  hears(event: NumberedEvent): boolean
  event(event: NumberedEvent): void
  /** A trunk's reachability changed. */
  trunk(): void
  close(): void
}

/** Hands on to screens what happens; keeps nothing, the event store does. */
export function createHub() {
  const listeners = new Set<Listener>()
  /** A screen that was just connecting when its session ended comes too late. */
  const over = new BoundedSet<string>(10_000)
  const closeScreens = (sessionHash: string): void => {
    for (const listener of listeners) if (listener.sessionHash === sessionHash) listener.close()
  }
  return {
    listen(listener: Listener): () => void {
      if (over.has(listener.sessionHash)) listener.close()
      else listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    publish(event: NumberedEvent): void {
      for (const listener of listeners) if (listener.hears(event)) listener.event(event)
    },
    trunk(): void {
      for (const listener of listeners) listener.trunk()
    },
    /** For good: the session is over. */
    dropSession(sessionHash: string): void {
      over.add(sessionHash)
      closeScreens(sessionHash)
    },
    /** They open again by themselves, as whoever reads there by then. */
    closeScreens,
    close(): void {
      for (const listener of listeners) listener.close()
    },
    /** Some screen of his listens. */
    isHeardBy: (memberId: MemberId) => listeners.values().some((listener) => listener.memberId === memberId),
    size: () => listeners.size,
  }
}

export type Hub = ReturnType<typeof createHub>
