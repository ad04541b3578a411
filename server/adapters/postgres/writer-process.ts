import { writeSync } from 'node:fs'
import type { Reserved } from '#entitlements'
import type { PoolId } from '#kernel'
import { openLedger } from './ledger.ts'
import { conversationOf, reserveOf, settleOf, type Conversations } from './testing-ledger.ts'

/** A process of its own that runs the lives of many legs; `writers.test.ts` starts several, and kills them. */
export type WriterTask = Conversations & {
  readonly appUrl: string
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
  const tellOf = ({ operationId }: { readonly operationId: string }, { taken }: Reserved) =>
    tell(taken.map(({ poolId, ms }) => ({ operationId, poolId, ms, kind: 'reserve' })))
  const twice = async <T>(send: () => Promise<T>): Promise<T> => (await Promise.all([send(), send()]))[0]

  let next = 0
  const caller = async (): Promise<void> => {
    for (let number = next++; number < task.conversations; number = next++) {
      const { firsts, how } = conversationOf(task, number)
      const answers = await twice(() => ledger.reserveAll(firsts, how))
      firsts.forEach((first, index) => tellOf(first, answers[index]!))
      for (const { legId, poolIds, wantMs, incrementMs } of firsts) {
        for (let slice = 1; slice < slices; slice++) {
          const reserve = reserveOf(legId, slice, { poolIds, wantMs, nextMs: incrementMs })
          tellOf(reserve, await twice(() => ledger.reserve(reserve)))
        }
        const settle = settleOf(legId, (number * 7_001) % 200_000)
        const { operationId } = settle
        const { draws } = await twice(() => ledger.settle(settle))
        tell(draws.map(({ poolId, usedMs }) => ({ operationId, poolId, ms: usedMs, kind: 'settle' })))
      }
    }
  }
  await Promise.all(Array.from({ length: task.callers }, caller))
  await ledger.close()
}

await main(JSON.parse(process.argv[2]!) as WriterTask)
