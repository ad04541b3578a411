import type { StoredEvent } from '#calls'

/** What somebody at a screen wants to hear. */
export type Listener = {
  /** Closing the session closes its screens. */
  readonly sessionHash: string
  hears(event: StoredEvent): boolean
  event(event: StoredEvent): void
  /** A trunk's reachability changed. */
  trunk(): void
  close(): void
}

/** Hands on to screens what happens; keeps nothing, the event store does. */
export function createHub() {
  const listeners = new Set<Listener>()
  return {
    listen(listener: Listener): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    publish(event: StoredEvent): void {
      for (const listener of listeners) if (listener.hears(event)) listener.event(event)
    },
    trunk(): void {
      for (const listener of listeners) listener.trunk()
    },
    dropSession(sessionHash: string): void {
      for (const listener of listeners) if (listener.sessionHash === sessionHash) listener.close()
    },
    close(): void {
      for (const listener of listeners) listener.close()
    },
    size: () => listeners.size,
  }
}

export type Hub = ReturnType<typeof createHub>
