import {
  call,
  ledgerEntry,
  listOf,
  pageOf,
  plan,
  planVersion,
  pool,
  record,
  type WireCall,
  type WirePool,
  type WireRecord,
} from '@tandem/contract'
import type { Api } from './api.ts'
import { until } from './until.ts'

const records = pageOf(record)
const pools = pageOf(pool)
const entries = pageOf(ledgerEntry)

export const callById = (api: Api, id: string): Promise<WireCall> => api.get(`/api/calls/${id}`, call)

/** A call's record appears when it is settled. */
export const recordOf = (api: Api, callId: string, timeoutMs?: number): Promise<WireRecord> =>
  until(
    `the record of call ${callId}`,
    async () => (await api.get('/api/records?limit=200', records)).items.find((one) => one.callId === callId),
    timeoutMs,
  )

/** All of them, of all months. */
export async function poolsOf(api: Api): Promise<readonly WirePool[]> {
  const found: WirePool[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: ReturnType<typeof pools.parse> = await api.get(
      `/api/pools?month=all&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
      pools,
    )
    found.push(...page.items)
    cursor = page.next
  }
  return found
}

/**
 * The books add up: each pool's ledger is gapless from 1, its entries sum to the balance, nothing is held any more,
 * nothing is used past the grant, and what was used is what the records say that they drew. No record leaves a second of
 * talk out: what was not charged is told as overrun.
 */
export async function expectBooksBalance(api: Api): Promise<void> {
  const all = await until('no minutes held', async () => {
    const now = await poolsOf(api)
    return now.every(({ heldMs }) => heldMs === 0) && now
  })
  const drawn = new Map<string, number>()
  const incrementsOf = await everyIncrements(api)
  for (const one of await everyRecord(api)) {
    expectTalkAccounted(one, incrementsOf.get(one.planVersionId))
    for (const { poolId, usedMs } of one.draws) drawn.set(poolId, (drawn.get(poolId) ?? 0) + usedMs)
  }
  for (const one of all) {
    const found = (await ledgerOf(api, one.id)).toReversed()
    // Nobody has drawn on it this month: it shows what it will be granted at its first use.
    if (found.length === 0 && one.usedMs === 0 && !drawn.has(one.id)) continue
    const sum = (field: 'grantedDeltaMs' | 'usedDeltaMs' | 'heldDeltaMs'): number =>
      found.reduce((total, entry) => total + entry[field], 0)
    const seen = { granted: sum('grantedDeltaMs'), used: sum('usedDeltaMs'), held: sum('heldDeltaMs') }
    const told = { granted: one.grantedMs, used: one.usedMs, held: one.heldMs }
    if (JSON.stringify(seen) !== JSON.stringify(told))
      throw new Error(`pool ${one.id}: ledger ${JSON.stringify(seen)}, balance ${JSON.stringify(told)}`)
    if (found.some(({ seq }, index) => seq !== index + 1)) throw new Error(`pool ${one.id}: a gap in its ledger`)
    if (one.usedMs > one.grantedMs) throw new Error(`pool ${one.id} is overspent`)
    if ((drawn.get(one.id) ?? 0) !== one.usedMs)
      throw new Error(`pool ${one.id}: ${one.usedMs} ms used, records drew ${drawn.get(one.id) ?? 0} ms`)
  }
}

/**
 * Of one record: what was drawn is what was rated; who never talked is charged nothing; who talked is charged whole
 * increments of his plan's version, one that has begun included, and what was talked past them is the overrun, no more.
 */
function expectTalkAccounted(one: WireRecord, increments: Increments | undefined): void {
  const { callId, answeredAt, endedAt, ratedMs, overrunMs, draws, legs } = one
  const wrong = (what: string): never => {
    throw new Error(`record of call ${callId}: ${what} (rated ${ratedMs} ms, overrun ${overrunMs} ms)`)
  }
  const drawnMs = draws.reduce((sum, { usedMs }) => sum + usedMs, 0)
  if (drawnMs !== ratedMs) wrong(`${drawnMs} ms drawn`)
  // Inside the app nothing is paid, however long it is.
  if (one.kind === 'network') {
    if (ratedMs !== 0 || overrunMs !== 0) wrong('charged inside the app')
    return
  }
  const talkMs = answeredAt === null ? 0 : Date.parse(endedAt) - Date.parse(answeredAt)
  if (answeredAt === null) {
    if (ratedMs !== 0) wrong('rated without an answer')
    // A 200 that crossed our CANCEL: told, and charged to nobody.
    const strayMs = legs
      .filter((leg) => leg.kind === 'phone-out' && leg.answeredAt !== null)
      .reduce((sum, leg) => sum + Date.parse(leg.endedAt) - Date.parse(leg.answeredAt ?? leg.endedAt), 0)
    if (overrunMs !== strayMs) wrong(`${strayMs} ms on the wire`)
    return
  }
  if (increments === undefined) throw new Error(`record of call ${callId}: no such plan version`)
  if (overrunMs !== Math.max(0, talkMs - ratedMs)) wrong(`${talkMs} ms of talk`)
  const owedMs = owed(talkMs, increments)
  if (overrunMs === 0 ? ratedMs !== owedMs : ratedMs > owedMs) wrong(`${talkMs} ms of talk owe ${owedMs} ms`)
}

type Increments = ReturnType<typeof planVersion.parse>['terms']['increments']

/** The rule in the test's own words: a first increment, then next ones; what has begun is owed whole. */
function owed(talkMs: number, { firstMs, nextMs }: Increments): number {
  if (talkMs === 0) return 0
  let owedMs = firstMs
  while (owedMs < talkMs) owedMs += nextMs
  return owedMs
}

async function everyIncrements(api: Api): Promise<ReadonlyMap<string, Increments>> {
  const { items } = await api.get('/api/plans', listOf(plan))
  const versions = await Promise.all(items.map(({ id }) => api.get(`/api/plans/${id}/versions`, listOf(planVersion))))
  return new Map(versions.flatMap((of) => of.items.map(({ id, terms }) => [id, terms.increments])))
}

async function ledgerOf(api: Api, poolId: string): Promise<readonly ReturnType<typeof ledgerEntry.parse>[]> {
  const found = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: ReturnType<typeof entries.parse> = await api.get(
      `/api/ledger?poolId=${poolId}&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
      entries,
    )
    found.push(...page.items)
    cursor = page.next
  }
  return found
}

async function everyRecord(api: Api): Promise<readonly WireRecord[]> {
  const found: WireRecord[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: ReturnType<typeof records.parse> = await api.get(
      `/api/records?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
      records,
    )
    found.push(...page.items)
    cursor = page.next
  }
  return found
}
