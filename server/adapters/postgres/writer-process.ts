import { computedId, type Id, type LegId, type PoolId } from '#kernel'
import { writeSync } from 'node:fs'
import { openLedger } from './ledger.ts'
import { reserveOf, settleOf } from './testing-ledger.ts'

/** A process of its own that runs the lives of many legs; `writers.test.ts` starts several, and kills them. */
export type WriterTask = {
  readonly appUrl: string
  readonly poolIds: readonly PoolId[]
  /** Two writers with the same namespace send the same operations. */
  readonly namespace: Id<'writer'>
  readonly legs: number
  readonly callers: number
}

/** Written to stdout for each answer that arrived, one JSON line: what was promised. */
export type Acknowledged = {
  readonly operationId: string
  readonly poolId: PoolId
  readonly ms: number
  readonly kind: 'reserve' | 'settle'
}

const slices = 3

async function main(task: WriterTask): Promise<void> {
  const ledger = openLedger({ url: task.appUrl, deadlineMs: 30_000 })
  const tell = (lines: readonly Acknowledged[]) => {
    for (const line of lines) writeSync(1, `${JSON.stringify(line)}\n`)
  }
  const twice = async <T>(send: () => Promise<T>): Promise<T> => (await Promise.all([send(), send()]))[0]

  let next = 0
  const caller = async (): Promise<void> => {
    for (let number = next++; number < task.legs; number = next++) {
      const legId: LegId = computedId<'leg'>(task.namespace, `leg:${number}`)
      const start = number % task.poolIds.length
      const poolIds = [task.poolIds[start]!, task.poolIds[(start + 1) % task.poolIds.length]!]
      for (let slice = 0; slice < slices; slice++) {
        const reserve = reserveOf(legId, slice, { poolIds, wantMs: 60_000, nextMs: 6_000 })
        const { taken } = await twice(() => ledger.reserve(reserve))
        tell(taken.map(({ poolId, ms }) => ({ operationId: reserve.operationId, poolId, ms, kind: 'reserve' })))
      }
      const settle = settleOf(legId, (number * 7_001) % 200_000)
      const { draws } = await twice(() => ledger.settle(settle))
      tell(draws.map(({ poolId, usedMs }) => ({ operationId: settle.operationId, poolId, ms: usedMs, kind: 'settle' })))
    }
  }
  await Promise.all(Array.from({ length: task.callers }, caller))
  await ledger.close()
}

await main(JSON.parse(process.argv[2]!) as WriterTask)
