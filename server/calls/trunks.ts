import type { Reachability } from '#admission'
import type { EngineEvent } from './engine.ts'

/** Trunks as last heard; while the engine is away nothing is known. */
export class Reachabilities {
  #states: { readonly [trunkId: string]: 'up' | 'down' | 'unknown' } = {}

  hear(event: EngineEvent): void {
    if (event.kind === 'engine-down') this.#states = {}
    if (event.kind === 'trunk-reachability') this.#states = { ...this.#states, [event.trunkId]: event.state }
  }

  all(): Reachability {
    return this.#states
  }
}
