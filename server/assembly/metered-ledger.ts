import type { Ledger } from '#entitlements'
import type { Metrics } from '#http'

/** The ledger, its time to a durable answer told to the metrics. */
export function meteredLedger(ledger: Ledger, metrics: Metrics): Ledger {
  const timed = async <T>(operation: string, work: Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    try {
      return await work
    } finally {
      metrics.ledgerTook(operation, (performance.now() - startedAt) / 1000)
    }
  }
  return {
    reserve: (operation) => timed('reserve', ledger.reserve(operation)),
    reserveAll: (operations, how) => timed('reserve-all', ledger.reserveAll(operations, how)),
    settle: (operation) => timed('settle', ledger.settle(operation)),
  }
}
