import type { Call, CallStore, EventStore, NewEvent, StoredLeg } from '#calls'
import { instant, type CallId, type LegId, type PartyId } from '#kernel'
import type pg from 'pg'
import { Batcher } from './batcher.ts'
import { eventToGiven } from './events.ts'
import { monthsMadeBy, type Months } from './months.ts'
import { maybeTimestamp, timestamp } from './values.ts'

type Progress = Parameters<CallStore['saveProgress']>[0]
type Write =
  | { readonly progress: Progress; readonly events?: never }
  | { readonly events: readonly NewEvent[]; readonly progress?: never }

/** What all calls write while they go on, and what is told of them. */
export type Writer = Pick<CallStore, 'saveProgress'> & Pick<EventStore, 'append'> & { close(): Promise<void> }

/**
 * One connection for all calls: what comes while a statement is in flight goes into the next, the latest word of each
 * row alone. It does not wait for the disk. Placing and ending do, on other connections, and what was written here
 * before is on the disk no later than they are: the log has one order. If Postgres dies before that, what it lost is
 * written again (`Unflushed`); if we die as well, the engine's log and the ledger's holds say it.
 */
export function openWriter(access: { readonly url: string; readonly deadlineMs: number }): Writer {
  const unflushed = new Unflushed()
  let months: Months
  const batcher = new Batcher<Write, readonly number[]>({
    ...access,
    name: 'writer',
    lingerMs: LINGER_MS,
    prepare: async (client) => {
      months = monthsMadeBy((kind, at) => client.query('SELECT month_partition($1, $2)', [kind, at]))
      await client.query('SELECT event_skip()')
      await client.query(SETTINGS)
      await writeAgain(client, unflushed, months)
    },
    async apply(client, batch) {
      const rows = rowsOf(batch)
      const written = await writeDown(client, rows, months)
      unflushed.add(rows, written)
      let from = 0
      return batch.map(({ events = [] }) => written.seqs.slice(from, (from += events.length)))
    },
  })
  return {
    async saveProgress(progress) {
      await batcher.submit({ progress })
    },
    append: (events) => (events.length === 0 ? Promise.resolve([]) : batcher.submit({ events })),
    close: () => batcher.close(),
  }
}

/** Nobody waits for it but screens, and no eye sees so little: many calls then share a statement. */
const LINGER_MS = 10

/** A plan that was made while a table was small must not read all of it when it is large: by an index, row by row. */
const SETTINGS = `
  SET synchronous_commit = off; SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off`

/** The latest of each row, and all events in order. */
type Rows = {
  readonly calls: ReadonlyMap<CallId, object>
  readonly meters: ReadonlyMap<PartyId, object>
  readonly legs: ReadonlyMap<LegId, object>
  readonly events: readonly NewEvent[]
}

function rowsOf(batch: readonly Write[]): Rows {
  const [calls, meters, legs] = [new Map<CallId, object>(), new Map<PartyId, object>(), new Map<LegId, object>()]
  for (const { progress } of batch) {
    if (progress === undefined) continue
    // The end is for `saveEnd`.
    if (progress.call.state.name !== 'ended') calls.set(progress.call.id, callToGiven(progress.call))
    for (const leg of progress.legs) legs.set(leg.id, legToGiven(leg))
    for (const { id, meter } of progress.parties)
      if (meter !== null) meters.set(id, { id, held_ms: meter.heldMs, is_last: meter.isLast })
  }
  return { calls, meters, legs, events: batch.flatMap(({ events = [] }) => events) }
}

const callToGiven = ({ id, state }: Call) => ({
  id,
  state: state.name,
  is_on_hold: state.name === 'connected' && state.isOnHold,
  answered_at: state.name === 'connected' ? timestamp(state.answeredAt) : null,
})

const legToGiven = (leg: StoredLeg) => ({
  id: leg.id,
  call_id: leg.callId,
  party_id: leg.partyId,
  kind: leg.kind,
  channel_id: leg.channelId,
  trunk_id: leg.trunkId,
  number: leg.number,
  started_at: timestamp(leg.startedAt),
  answered_at: maybeTimestamp(leg.answeredAt),
  ended_at: maybeTimestamp(leg.endedAt),
  sip_status: leg.sipStatus,
  q850_cause: leg.q850Cause,
  boot_id: leg.bootId,
})

type Written = { readonly seqs: readonly number[]; readonly writtenTo: number; readonly flushedTo: number }

async function writeDown(client: pg.Client, { calls, meters, legs, events }: Rows, months: Months): Promise<Written> {
  const given = events.map(eventToGiven)
  for (const end of given) if (end !== null) await months.ready('event', instant(end.placed_at.getTime()))
  const { rows } = await client
    .query({
      name: 'write-down',
      text: 'SELECT seqs, written_to, flushed_to FROM write_down($1, $2, $3, $4)',
      values: [listOf([...calls.values()]), listOf([...meters.values()]), listOf([...legs.values()]), listOf(given)],
    })
    .catch((error: unknown) => months.failed(error))
  const { seqs, written_to: writtenTo, flushed_to: flushedTo } = rows[0]
  return { seqs: (seqs ?? []).map(Number), writtenTo, flushedTo }
}

const listOf = (rows: readonly (object | null)[]): string | null => (rows.length === 0 ? null : JSON.stringify(rows))

type Kept = { readonly rows: Rows; readonly seqs: readonly number[]; writtenTo: number | null }

/** What was committed and may not be on the disk yet. Each answer tells how far the one before it has come. */
class Unflushed {
  #kept: Kept[] = []

  add(rows: Rows, { seqs, writtenTo, flushedTo }: Written): void {
    const last = this.#kept.at(-1)
    if (last !== undefined) last.writtenTo ??= writtenTo
    this.#kept = this.#kept.filter((each) => each.writtenTo === null || each.writtenTo > flushedTo)
    this.#kept.push({ rows, seqs, writtenTo: null })
  }

  get rows(): Rows {
    const rows = this.#kept.map((each) => each.rows)
    return {
      calls: new Map(rows.flatMap(({ calls }) => [...calls])),
      meters: new Map(rows.flatMap(({ meters }) => [...meters])),
      legs: new Map(rows.flatMap(({ legs }) => [...legs])),
      events: rows.flatMap(({ events }) => events),
    }
  }

  /** In the order of `rows.events`. */
  get seqs(): readonly number[] {
    return this.#kept.flatMap(({ seqs }) => seqs)
  }

  /** It was written again: places of a log that was cut off mean nothing any more. */
  again(rows: Rows, written: Written): void {
    this.#kept = []
    this.add(rows, written)
  }
}

/**
 * On a new connection: Postgres may have died. Rows are written as they were; of the events those that are lost get new
 * numbers, above what any reader has followed. Who heard one of them live hears nothing; who resumes may meet it again.
 */
async function writeAgain(client: pg.Client, unflushed: Unflushed, months: Months): Promise<void> {
  const { rows, seqs } = unflushed
  if (rows.calls.size + rows.meters.size + rows.legs.size + rows.events.length === 0) return
  const { rows: found } = await client.query<{ seq: number }>('SELECT seq FROM event WHERE seq = ANY ($1)', [seqs])
  const stored = new Set(found.map(({ seq }) => seq))
  const lost = { ...rows, events: rows.events.filter((_, index) => !stored.has(seqs[index]!)) }
  const written = await writeDown(client, lost, months)
  const again = written.seqs[Symbol.iterator]()
  unflushed.again(rows, { ...written, seqs: seqs.map((seq) => (stored.has(seq) ? seq : again.next().value!)) })
}
