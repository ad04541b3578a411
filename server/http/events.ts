import { PING, scopeQuery, type WireEvent, type WireHello, type WirePong } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import {
  isHeardIn,
  type CallSnapshot,
  type EventScope,
  type LastTold,
  type MissedEnd,
  type NumberedEvent,
} from '#calls'
import type { MemberPrincipal } from '#identity'
import type { DurationMs } from '#kernel'
import { isMember } from './access.ts'
import { callToWire } from './calls-wire.ts'
import { isNetworkReachable } from './network.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { memberOf } from './scope.ts'

/** More than this and loading anew is cheaper than replaying. */
const REPLAY_LIMIT = 500
/** Proxies cut a silent connection after a minute or so. */
const PING_EVERY_MS = 25_000
/** A page may ask so often whether its connection lives (`ping`); more is not answered. */
const PONG_EVERY_MS = 500
/** A screen that does not read any more is let go; it resumes when it is back. */
const BUFFER_LIMIT_BYTES = 1_000_000

const query = scopeQuery.extend({ after: z.coerce.number().int().nonnegative().optional() })

export const EVENTS_PATH = '/api/events'

export const eventRoutes =
  (parts: Parts): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      EVENTS_PATH,
      {
        websocket: true,
        schema: {
          tags: ['events'],
          summary: 'Events by WebSocket; `after` resumes behind that `seq`; `ping` is answered with `{"type":"pong"}`',
          querystring: query,
        },
        config: { access: isMember },
      },
      (socket, request) => {
        const { after } = request.query
        openFeed({ socket, request, parts, after }).catch((error: unknown) => {
          request.log.warn({ err: error }, 'event feed failed')
          socket.close(1011)
        })
      },
    )
  }

type Feed = {
  readonly socket: WebSocket
  readonly request: FastifyRequest
  readonly parts: Parts
  readonly after: number | undefined
}

/** Listens first and reads the past then, so that nothing falls between; what is in both is sent once. */
async function openFeed({ socket, request, parts, after }: Feed): Promise<void> {
  const who = memberOf(request)
  const isAdministrator = who.role === 'administrator'
  const scope: EventScope = { organizationId: who.organizationId, memberId: isAdministrator ? null : who.memberId }
  const send = (message: WireEvent | WireHello | WirePong) => {
    if (socket.bufferedAmount > BUFFER_LIMIT_BYTES) socket.close(1013)
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const translate = createTranslator(request, parts, who)
  let lastSeq = 0
  let queue = Promise.resolve()
  const enqueue = (event: Heard) => {
    queue = queue
      .then(async () => {
        if (event.seq <= lastSeq) return
        const messages = await translate(event)
        // What an event says beside itself is behind the one before: whoever hears only half of it asks for it again.
        for (const message of messages) send({ ...message, seq: message === messages.at(-1) ? event.seq : lastSeq })
        lastSeq = event.seq
      })
      .catch((error: unknown) => {
        request.log.warn({ err: error }, 'event feed failed')
        socket.close(1011)
      })
  }
  let wasReachable: boolean | undefined
  const tellNetwork = () => {
    if (!isAdministrator) return
    queue = queue
      .then(async () => {
        const isReachable = await isNetworkReachable(parts)
        if (isReachable !== wasReachable) send({ seq: lastSeq, type: 'network', isReachable })
        wasReachable = isReachable
      })
      // Not worth a connection: the next change of a trunk tells anew.
      .catch((error: unknown) => request.log.warn({ err: error }, 'the network state was not told'))
  }

  const live: NumberedEvent[] = []
  let isReplayed = false
  const stop = parts.hub.listen({
    sessionHash: who.sessionHash,
    memberId: who.memberId,
    hears: (event) => isHeardIn(scope, event),
    event: (event) => (isReplayed ? enqueue(event) : live.push(event)),
    trunk: tellNetwork,
    close: () => socket.close(1000),
  })
  const told = parts.calls.lastTold(scope)
  keepAlive(socket, stop)
  answerPings(socket, parts, () => send({ type: 'pong' }))

  const { missed, seq, isReset } = await readPast({ parts, scope, told }, after)
  lastSeq = seq
  send({ type: 'hello', seq: lastSeq, isReset })
  for (const event of [...missed, ...live]) enqueue(event)
  isReplayed = true
  tellNetwork()
}

/** An end that comes from the store brings its call along. */
type Heard = NumberedEvent | MissedEnd
type Past = { readonly parts: Parts; readonly scope: EventScope; readonly told: LastTold }

/** What ended since, and what was said last of what goes on. */
async function readPast({ parts: { stores }, scope, told }: Past, after: number | undefined) {
  const { kept, given } = await stores.events.latest(scope.organizationId)
  const beginning = { missed: [], seq: told.seq === 0 ? kept : told.seq }
  if (after === undefined) return { ...beginning, isReset: false }
  const ends: readonly Heard[] = await stores.events.since(after, scope, REPLAY_LIMIT)
  const missed = [...ends, ...told.events.filter(({ seq }) => seq > after)]
  // A `seq` from the future is of another database.
  if (missed.length >= REPLAY_LIMIT || after > given) return { ...beginning, isReset: true }
  return { missed: missed.toSorted((one, other) => one.seq - other.seq), seq: after, isReset: false }
}

function keepAlive(socket: WebSocket, stop: () => void): void {
  let isAlive = true
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, PING_EVERY_MS)
  socket.on('pong', () => (isAlive = true))
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearInterval(timer)
    stop()
  })
}

/** Browsers hide WebSocket pings from their pages, and notice a dead network after minutes: a page asks by itself. */
function answerPings(socket: WebSocket, { clock }: Parts, pong: () => void): void {
  let answeredAt = -Infinity
  socket.on('message', (data: Buffer) => {
    const now = clock.now()
    if (String(data) !== PING || now - answeredAt < PONG_EVERY_MS) return
    answeredAt = now
    pong()
  })
}

/** Names and hidden numbers change seldom, calls often: looked up again after a while. */
const PEOPLE_KEPT_MS = 10_000

type Unnumbered<T> = T extends unknown ? Omit<T, 'seq'> : never
type Message = Unnumbered<WireEvent>

function createTranslator(request: FastifyRequest, parts: Parts, who: MemberPrincipal) {
  const known = new Map<string, { readonly until: number; readonly people: Promise<People> }>()
  const peopleOf = (called: CallSnapshot): Promise<People> => {
    const at = parts.clock.now()
    for (const [key, { until }] of known) if (until <= at) known.delete(key)
    const key = `${called.memberId} ${called.calleeId ?? called.number ?? called.dialled}`
    const named = { organizationId: who.organizationId, memberIds: [called.memberId], called: [called] }
    const people = known.get(key)?.people ?? peopleFor(request, parts, named)
    if (!known.has(key)) known.set(key, { until: at + PEOPLE_KEPT_MS, people })
    people.catch(() => known.delete(key))
    return people
  }
  const callTold = async (call: CallSnapshot): Promise<Message> => ({
    type: 'call',
    call: callToWire(call, await peopleOf(call)),
  })
  /** The figure is about one member's pools; the administrator sees the others' on their pages. */
  const minutesTold = ({ memberId }: Heard, leftMs: DurationMs | null): readonly Message[] =>
    memberId === who.memberId && leftMs !== null ? [{ type: 'minutes', leftMs }] : []
  return async (event: Heard): Promise<readonly Message[]> => {
    if ('call' in event) {
      const { call, recordId, leftMs } = event
      const record = { type: 'record', callId: call.callId, recordId } as const
      return [await callTold(call), ...minutesTold(event, leftMs), record]
    }
    switch (event.type) {
      case 'call-changed':
        return [await callTold(event.payload)]
      case 'minutes-left':
        return minutesTold(event, event.payload.leftMs)
      case 'call-ended': {
        const { callId, recordId, leftMs } = event.payload
        return [...minutesTold(event, leftMs), { type: 'record', callId, recordId }]
      }
      case 'minutes-warning':
        // The call's own event says it too (`isLastMinute`); this one is for the engine's announcement.
        return []
      case 'minutes-uncovered':
        // The operator's: a figure for his metrics and a line in his log.
        return []
    }
  }
}
