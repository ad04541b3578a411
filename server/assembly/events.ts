import type { Calls } from '#calls'
import type { Hub, Metrics } from '#http'
import type { AsteriskEngine } from '../adapters/asterisk/index.ts'
import type { RingPushes } from './ring-pushes.ts'

type Wires = {
  readonly calls: Calls
  readonly engine: AsteriskEngine
  readonly hub: Hub
  readonly metrics: Metrics
  readonly ringPushes: RingPushes
}

/** Who hears whom. */
export function wireEvents({ calls, engine, hub, metrics, ringPushes }: Wires): void {
  calls.subscribe((event) => {
    hub.publish(event)
    metrics.heard(event)
    ringPushes.hear(event)
  })
  engine.subscribe((event) => {
    if (event.kind === 'trunk-reachability') hub.trunk()
  })
}
