import {
  call,
  callFilter,
  digits,
  newCall,
  pageOf,
  placedCall,
  scopeQuery,
  type WireCall,
  type WireDialIn,
} from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Refusal } from '#admission'
import type { Destination } from '#carriers'
import type { CallCommand, CallSnapshot, CommandRefusal, DialIn, Once, PlaceRequest } from '#calls'
import type { Member } from '#directory'
import type { MemberPrincipal } from '#identity'
import type { CallId, E164, MemberId, OrganizationId } from '#kernel'
import { isSignedIn, mayPlaceCalls } from './access.ts'
import { callToWire } from './calls-wire.ts'
import { CALLS, pageAsked, pageToWire } from './cursor.ts'
import { alternativeToWire, codeOf, refusalParams } from './decisions.ts'
import { parseDialled, readDialled } from './dialled.ts'
import { AskedBefore, keyHeader, placedOnce } from './idempotency.ts'
import type { Parts } from './parts.ts'
import { peopleFor, phoneAsSeen, type Called, type People } from './people.ts'
import { found, ProblemAnswer, referenceUnknown } from './problem.ts'
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
            people = peopleFor(request, parts, { organizationId, called: [called] })
            people.catch(() => undefined)
          },
        }),
      )
      const snapshot = found(await parts.calls.find(organizationId, (answer.body as KeptAnswer).callId))
      return reply.code(201).send({
        call: await (people === undefined
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
      const people = await peopleFor(request, parts, { organizationId, called: calls })
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
export const callActionRoutes = routesOf(hangUp, holdAndResume, sendDigits, attach)

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

/** What is kept under the Idempotency-Key: no secrets, which are made anew for whoever repeats the request. */
type KeptAnswer = DialIn & { readonly callId: CallId }

type Wish = Pick<PlaceRequest, 'callId'> & {
  readonly isNew: boolean
  readonly once: Once
  readonly parts: Parts
  /** Hears where it leads. */
  readonly onTarget: (called: Called) => void
}

async function place(request: FastifyRequest, { callId, isNew, once, parts, onTarget }: Wish) {
  const { memberId, organizationId, sessionHash } = memberOf(request)
  const { dialled, number, calleeId, isHidden } = await dialledOf(request, organizationId, parts)
  onTarget({ number, dialled, calleeId: calleeId?.calleeId ?? null, isByNumber: calleeId === undefined })
  const { sipUser } = parts.sipAccess.userOfSession(sessionHash)
  const wish = { callId, isNew, once, organizationId, memberId, sipUser, dialled, ...calleeId }
  const placed = await parts.calls.place(wish)
  if (placed.ok) return { status: 201, body: { ...placed.value.dialIn, callId } satisfies KeptAnswer }
  if (placed.refusal.code === 'caller-unknown') throw new ProblemAnswer('not-signed-in')
  if (placed.refusal.code === 'call-over') throw new ProblemAnswer('call-ended')
  if (placed.refusal.code === 'asked-before') throw new AskedBefore()
  const { refusal, alternatives, decisionId } = placed.refusal
  parts.metrics.refused(refusal.code)
  throw new ProblemAnswer(codeOf(refusal), {
    params: await paramsAsSeen(request, { refusal, dialled, isHidden, isByNumber: calleeId === undefined, parts }),
    alternatives: alternatives.filter(({ kind }) => !(isHidden && kind === 'native-dialler')).map(alternativeToWire),
    decisionId,
  })
}

/** A colleague is called by his phone, which the caller need not see: `isHidden` = no answer may tell it either. */
async function dialledOf(request: FastifyRequest, organizationId: OrganizationId, parts: Parts): Promise<Target> {
  const { to } = request.body as z.infer<typeof newCall>
  if ('number' in to) {
    const read = await readDialled(request, parts, to.number)
    if (read.kind === 'colleague') return targetOf(read.colleague)
    const { destination } = read as { readonly destination?: Destination }
    const number = destination !== undefined && 'number' in destination ? destination.number : null
    return { dialled: to.number, number, isHidden: false }
  }
  const colleague = await parts.stores.directory.member(organizationId, idOf(to.memberId))
  if (colleague === undefined || colleague.phone === null) throw referenceUnknown('to.memberId')
  return targetOf({ ...colleague, phone: colleague.phone })

  function targetOf({ id, phone, ...rest }: Member & { readonly phone: E164 }): Target {
    return {
      dialled: phone,
      number: phone,
      calleeId: { calleeId: id },
      isHidden: phoneAsSeen(request, { id, phone, ...rest }) === null,
    }
  }
}

type Target = {
  readonly dialled: string
  /** Where it leads; `null`: to no number. */
  readonly number: E164 | null
  readonly calleeId?: { readonly calleeId: MemberId }
  readonly isHidden: boolean
}

type Refused = Pick<Target, 'dialled' | 'isHidden'> & {
  readonly refusal: Refusal
  readonly isByNumber: boolean
  readonly parts: Parts
}

/** What a refusal tells: not the number that is hidden, nor whose it is to somebody who dialled it. */
async function paramsAsSeen(request: FastifyRequest, { refusal, dialled, isHidden, isByNumber, parts }: Refused) {
  const params = isHidden ? withoutNumber(refusalParams(refusal)) : refusalParams(refusal)
  if (!isByNumber || !('name' in params)) return params
  const { organizationId, country } = memberOf(request)
  const called = { number: parseDialled(dialled, country), dialled, calleeId: null, isByNumber }
  const people = await peopleFor(request, parts, { organizationId, called: [called] })
  return { ...params, name: people.calleeOf(called).name ?? dialled }
}

/** What a refusal says, but for what was dialled. */
function withoutNumber({ dialled: _, digits: __, ...others }: ReturnType<typeof refusalParams>) {
  return others
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
  return found(own === null || snapshot.memberId === own ? snapshot : undefined)
}

function ownCall(request: FastifyRequest): CallCommand & { readonly memberId: MemberId } {
  const { memberId, organizationId } = memberOf(request)
  return { organizationId, memberId, callId: idOf<'call'>((request.params as { id: string }).id) }
}

/** A call of somebody else does not exist for who asks. */
function refusalOf({ code }: CommandRefusal): ProblemAnswer {
  if (code === 'call-unknown') return new ProblemAnswer('not-found')
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
  return callToWire(snapshot, await peopleFor(request, parts, { organizationId, called: [snapshot] }))
}
