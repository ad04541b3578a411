import type { Calls } from '#calls'
import type { Hub, Metrics } from '#http'
import type { AsteriskEngine } from '../adapters/asterisk/index.ts'
import type { Log } from '../adapters/log/index.ts'
import type { Stores } from '../adapters/postgres/index.ts'

type Wires = {
  readonly calls: Calls
  readonly engine: AsteriskEngine
  readonly hub: Hub
  readonly metrics: Metrics
  readonly stores: Stores
  readonly log: Log
}

/** Who hears whom. */
export function wireEvents({ calls, engine, hub, metrics, stores, log }: Wires): void {
  calls.subscribe((event) => {
    hub.publish(event)
    metrics.heard(event)
    if (event.type !== 'call-ended') return
    const { callId, reason, ratedMs } = event.payload
    const actor = event.memberId === null ? 'system' : `member:${event.memberId}`
    stores.audit
      .append({
        at: event.at,
        organizationId: event.organizationId,
        actor,
        action: 'call.ended',
        subjectId: callId,
        detail: { reason, ratedMs },
      })
      .catch((error: unknown) => log.warn({ err: error, callId }, 'an audit entry was lost'))
  })
  engine.subscribe((event) => {
    if (event.kind === 'trunk-reachability') hub.trunk()
  })
}
