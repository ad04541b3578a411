import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CallFault, NumberedEvent } from '#calls'
import type { PushMessage, PushOutcome } from '#directory'

/** What the figures are taken from; each is asked when somebody reads them. */
type Sources = { readonly liveCalls: () => ReadonlyMap<string, number>; readonly isEngineUp: () => boolean }

/** Figures in Prometheus's manner: base units (seconds), `_total` for what only grows. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { ended, rated, uncovered, refused, turnedAway, faults, pushes, ledger, batch } = createCounts([registry])
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    heard(event: NumberedEvent) {
      if (event.type === 'minutes-uncovered') uncovered.inc(event.payload.uncoveredMs / 1000)
      if (event.type !== 'call-ended') return
      ended.inc({ reason: event.payload.reason })
      rated.inc(event.payload.ratedMs / 1000)
    },
    refused: (code: string) => refused.inc({ code }),
    turnedAway: (status: number) => turnedAway.inc({ status }),
    callFaulted: (kind: CallFault) => faults.inc({ kind }),
    pushed: (type: PushMessage['type'], outcome: PushOutcome) => pushes.inc({ type, outcome }),
    ledgerTook: (operation: string, seconds: number) => ledger.observe({ operation }, seconds),
    ledgerBatch: (size: number) => batch.observe(size),
    readFrom: (sources: Sources) => createGauges(sources, [registry]),
  }
}

function createCounts(registers: Registry[]) {
  return {
    ended: new Counter({
      name: 'tandem_calls_ended_total',
      help: 'Calls that ended, by reason',
      labelNames: ['reason'],
      registers,
    }),
    rated: new Counter({ name: 'tandem_rated_seconds_total', help: 'Rated time of ended calls', registers }),
    uncovered: new Counter({
      name: 'tandem_uncovered_seconds_total',
      help: 'Rated time that the ledger did not hold: anything but 0 is a fault to be looked into',
      registers,
    }),
    refused: new Counter({
      name: 'tandem_calls_refused_total',
      help: 'Refused attempts, by code',
      labelNames: ['code'],
      registers,
    }),
    turnedAway: new Counter({
      name: 'tandem_requests_turned_away_total',
      help: 'Requests of strangers and to unknown addresses, by HTTP status; the log tells them once a minute',
      labelNames: ['status'],
      registers,
    }),
    faults: new Counter({
      name: 'tandem_call_faults_total',
      help: 'What should not happen to calls, by kind: turn, journal, unreadable, boot-unknown, log-damaged',
      labelNames: ['kind'],
      registers,
    }),
    pushes: new Counter({
      name: 'tandem_pushes_total',
      help: 'What was sent to push services, by type and outcome: taken, gone, refused, unreachable, untrusted',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    ledger: new Histogram({
      name: 'tandem_ledger_seconds',
      help: 'Time to a durable answer of the ledger',
      labelNames: ['operation'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    batch: new Histogram({
      name: 'tandem_ledger_batch_size',
      help: 'Operations in one statement',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    }),
  }
}

/** Asked for when somebody reads them; they keep themselves in the registry. */
function createGauges({ liveCalls, isEngineUp }: Sources, registers: Registry[]): void {
  const live = {
    name: 'tandem_calls_live',
    help: 'Calls that go on, by state',
    labelNames: ['state'],
    registers,
    collect(this: Gauge) {
      this.reset()
      for (const [state, count] of liveCalls()) this.set({ state }, count)
    },
  }
  const engine = {
    name: 'tandem_engine_up',
    help: '1 while the engine answers',
    registers,
    collect(this: Gauge) {
      this.set(isEngineUp() ? 1 : 0)
    },
  }
  for (const gauge of [live, engine]) void new Gauge(gauge)
}

export type Metrics = ReturnType<typeof createMetrics>
