import {
  call,
  callFilter,
  digits,
  newCall,
  pageOf,
  placedCall,
  ringing,
  scopeQuery,
  type WireCall,
  type WireDialIn,
} from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { isOf, type CallSnapshot, type CommandRefusal, type DialIn, type OwnCommand } from '#calls'
import type { MemberPrincipal } from '#identity'
import type { OrganizationId } from '#kernel'
import { isSignedIn, mayPlaceCalls } from './access.ts'
import { callToWire } from './calls-wire.ts'
import { CALLS, pageAsked, pageToWire } from './cursor.ts'
import { place, type KeptAnswer } from './call-wishes.ts'
import { keyHeader, placedOnce } from './idempotency.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { found, ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { actorOf, idOf, memberAsked, memberOf, organizationOf, visibleMember } from './scope.ts'
import { answers, idParam, timestampOf } from './wire.ts'

const tags = ['calls']

export const callRoutes = routesOf(placeCall, listCalls, readCall)

function placeCall(app: App, parts: Parts): void {
  app.post(
    '/api/calls',
    {
      schema: {
        tags,
        summary: 'Place a call, once per Idempotency-Key; the softphone then dials in',
        headers: keyHeader,
        body: newCall,
        response: answers(201, placedCall),
      },
      config: { access: mayPlaceCalls },
    },
    async (request, reply) => {
      const who = memberOf(request)
      const { organizationId } = who
      let people: Promise<People> | undefined
      const answer = await placedOnce({ request, parts, purpose: 'call' }, (looked) =>
        place(request, {
          ...looked,
          parts,
          // Asked while the call is placed.
          onTarget(called) {
            people = peopleFor(request, parts, { organizationId, memberIds: [who.memberId], called: [called] })
            people.catch(() => undefined)
          },
        }),
      )
      const snapshot = found(await parts.calls.find(organizationId, (answer.body as KeptAnswer).callId))
      const isOwn = snapshot.memberId === who.memberId
      return reply.code(201).send({
        call: await (people === undefined || !isOwn
          ? callAsSeen(request, snapshot, { organizationId, parts })
          : callToWire(snapshot, await people)),
        dialIn: await dialInToWire(answer.body as KeptAnswer, { who, parts }),
      })
    },
  )
}

function listCalls(app: App, parts: Parts): void {
  app.get(
    '/api/calls',
    {
      schema: { tags, summary: 'Calls, newest first', querystring: callFilter, response: answers(200, pageOf(call)) },
      config: { access: isSignedIn },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const calls = await parts.calls.list({
        organizationId,
        memberId: memberAsked(request, request.query.memberId),
        isLiveOnly: request.query.live,
        page: pageAsked(CALLS, request.query),
      })
      const memberIds = calls.map(({ memberId }) => memberId)
      const people = await peopleFor(request, parts, { organizationId, memberIds, called: calls })
      return pageToWire(CALLS, calls, {
        limit: request.query.limit,
        cursorOf: (one) => ({ key: one.placedAt, id: one.callId }),
        toWire: (one) => callToWire(one, people),
      })
    },
  )
}

function readCall(app: App, parts: Parts): void {
  app.get(
    '/api/calls/:id',
    {
      schema: { tags, summary: 'One call', params: idParam, querystring: scopeQuery, response: answers(200, call) },
      config: { access: isSignedIn },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const snapshot = await callOf(request, { callId: request.params.id, organizationId, parts })
      return callAsSeen(request, snapshot, { organizationId, parts })
    },
  )
}

/** What is done with a call that goes on. An administrator may end one; to speak in it, it must be one's own. */
export const callActionRoutes = routesOf(ring, decline, hangUp, holdAndResume, sendDigits, attach)

function ring(app: App, parts: Parts): void {
  app.post(
    '/api/calls/:id/ring',
    {
      schema: {
        tags,
        summary:
          'This screen of the callee’s rings: the caller hears so, and who dials in from here first has the call',
        params: idParam,
        response: answers(200, ringing),
      },
      config: { access: mayPlaceCalls },
    },
    async (request) => {
      const who = memberOf(request)
      const mine = ownCall(request)
      const { sipUser } = parts.sipAccess.userOfSession(who.sessionHash)
      const rung = await parts.calls.ring({ ...mine, sipUser })
      if (!rung.ok) throw refusalOf(rung.refusal)
      const { call: snapshot, dialIn, ringsUntil } = rung.value
      return {
        call: await callAsSeen(request, snapshot, { organizationId: mine.organizationId, parts }),
        dialIn: await dialInToWire(dialIn, { who, parts }),
        ringsUntil: timestampOf(ringsUntil),
      }
    },
  )
}

function decline(app: App, parts: Parts): void {
  app.post(
    '/api/calls/:id/decline',
    {
      schema: {
        tags,
        summary: 'The callee does not want this call, on any of his screens',
        params: idParam,
        response: answers(200, call),
      },
      config: { access: mayPlaceCalls },
    },
    async (request) => {
      const mine = ownCall(request)
      return done(request, {
        result: await parts.calls.decline(mine),
        organizationId: mine.organizationId,
        parts,
      })
    },
  )
}

function hangUp(app: App, parts: Parts): void {
  app.post(
    '/api/calls/:id/hangup',
    {
      schema: { tags, summary: 'Hang up', params: idParam, querystring: scopeQuery, response: answers(200, call) },
      config: { access: isSignedIn },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const callId = idOf<'call'>(request.params.id)
      const command = { organizationId, callId, memberId: visibleMember(request), askedBy: actorOf(request) }
      return done(request, {
        result: await parts.calls.hangup(command),
        organizationId,
        parts,
      })
    },
  )
}

function holdAndResume(app: App, parts: Parts): void {
  for (const verb of ['hold', 'resume'] as const) {
    app.post(
      `/api/calls/:id/${verb}`,
      {
        schema: {
          tags,
          summary: verb === 'hold' ? 'Hold: the other side hears music' : 'Go on talking',
          params: idParam,
          response: answers(200, call),
        },
        config: { access: mayPlaceCalls },
      },
      async (request) => {
        const mine = ownCall(request)
        return done(request, { result: await parts.calls[verb](mine), organizationId: mine.organizationId, parts })
      },
    )
  }
}

function sendDigits(app: App, parts: Parts): void {
  app.post(
    '/api/calls/:id/digits',
    {
      schema: { tags, summary: 'Press keys (RFC 4733)', params: idParam, body: digits, response: answers(200, call) },
      config: { access: mayPlaceCalls },
    },
    async (request) => {
      const mine = ownCall(request)
      return done(request, {
        result: await parts.calls.sendDigits({ ...mine, digits: request.body.digits }),
        organizationId: mine.organizationId,
        parts,
      })
    },
  )
}

function attach(app: App, parts: Parts): void {
  app.post(
    '/api/calls/:id/attach',
    {
      schema: {
        tags,
        summary: 'Go on with a call from this browser',
        params: idParam,
        response: answers(200, placedCall),
      },
      config: { access: mayPlaceCalls },
    },
    async (request) => {
      const who = memberOf(request)
      const mine = ownCall(request)
      const attached = await parts.calls.attach({
        ...mine,
        sipUser: parts.sipAccess.userOfSession(who.sessionHash).sipUser,
      })
      if (!attached.ok) throw refusalOf(attached.refusal)
      const snapshot = found(await parts.calls.find(mine.organizationId, mine.callId))
      return {
        call: await callAsSeen(request, snapshot, { organizationId: mine.organizationId, parts }),
        dialIn: await dialInToWire(attached.value, { who, parts }),
      }
    },
  )
}

/** The session's SIP user is let in before it is told. */
async function dialInToWire(
  { dial, inviteBefore }: DialIn,
  { who, parts }: { readonly who: MemberPrincipal; readonly parts: Parts },
): Promise<WireDialIn> {
  const user = parts.sipAccess.userOfSession(who.sessionHash)
  await parts.engine.addBrowser(user)
  const ticket = parts.sipAccess.ticket({
    to: 'engine',
    sipUser: user.sipUser,
    memberId: who.memberId,
    at: parts.clock.now(),
  })
  return { dial, ...user, ticket, inviteBefore: timestampOf(inviteBefore) }
}

type Asked = { readonly callId: string; readonly organizationId: OrganizationId; readonly parts: Parts }

/** The call, if its reader may see it. */
async function callOf(request: FastifyRequest, { callId, organizationId, parts }: Asked): Promise<CallSnapshot> {
  const snapshot = found(await parts.calls.find(organizationId, idOf(callId)))
  const own = visibleMember(request)
  return found(own === null || isOf(snapshot, own) ? snapshot : undefined)
}

function ownCall(request: FastifyRequest): OwnCommand {
  const { memberId, organizationId } = memberOf(request)
  return { organizationId, memberId, callId: idOf<'call'>((request.params as { id: string }).id) }
}

/** A call of somebody else does not exist for who asks. */
function refusalOf({ code }: CommandRefusal): ProblemAnswer {
  if (code === 'call-unknown') return new ProblemAnswer('not-found')
  if (code === 'not-ringing') return new ProblemAnswer('call-not-ringing')
  return new ProblemAnswer(code === 'wrong-state' ? 'call-not-connected' : code)
}

type Done = {
  readonly result: Awaited<ReturnType<Parts['calls']['hangup']>>
  readonly organizationId: OrganizationId
  readonly parts: Parts
}

async function done(request: FastifyRequest, { result, organizationId, parts }: Done) {
  if (!result.ok) throw refusalOf(result.refusal)
  return callAsSeen(request, result.value, { organizationId, parts })
}

async function callAsSeen(
  request: FastifyRequest,
  snapshot: CallSnapshot,
  { organizationId, parts }: Pick<Asked, 'organizationId' | 'parts'>,
): Promise<WireCall> {
  const memberIds = [snapshot.memberId]
  return callToWire(snapshot, await peopleFor(request, parts, { organizationId, memberIds, called: [snapshot] }))
}
