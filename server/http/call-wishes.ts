import type { newCall } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Alternative, Refusal } from '#admission'
import type { Destination } from '#carriers'
import type { DialIn, Once, PlaceRequest } from '#calls'
import type { Member } from '#directory'
import type { CallId, E164, MemberId, OrganizationId } from '#kernel'
import { alternativeToWire, codeOf, refusalParams } from './decisions.ts'
import { parseDialled, readDialled } from './dialled.ts'
import { AskedBefore } from './idempotency.ts'
import type { Parts } from './parts.ts'
import { peopleFor, phoneAsSeen, type Called } from './people.ts'
import { ProblemAnswer, referenceUnknown } from './problem.ts'
import { idOf, memberOf } from './scope.ts'

/* What somebody wishes to call, and what becomes of his wish. */

/** What is kept under the Idempotency-Key: no secrets, which are made anew for whoever repeats the request. */
export type KeptAnswer = DialIn & { readonly callId: CallId }

type Wish = Pick<PlaceRequest, 'callId'> & {
  readonly isNew: boolean
  readonly once: Once
  readonly parts: Parts
  /** Hears where it leads. */
  readonly onTarget: (called: Called) => void
}

export async function place(request: FastifyRequest, { callId, isNew, once, parts, onTarget }: Wish) {
  const { memberId, organizationId, sessionHash } = memberOf(request)
  const target = await targetAsked(request, organizationId, parts)
  const { dialled, number, calleeId, isHidden } = target
  onTarget({ number, dialled, calleeId: calleeId?.calleeId ?? null, isByNumber: calleeId === undefined })
  const { sipUser } = parts.sipAccess.userOfSession(sessionHash)
  const wish = { callId, isNew, once, organizationId, memberId, sipUser }
  const placed = await parts.calls.place(
    target.kind === 'network' ? { ...wish, kind: 'network', ...target.calleeId } : { ...wish, dialled, ...calleeId },
  )
  if (placed.ok) {
    const { call, dialIn, isJoined = false } = placed.value
    // The key of a call of one's own is written with it.
    return { status: 201, body: { ...dialIn, callId: call.callId } satisfies KeptAnswer, isKept: !isJoined }
  }
  if (placed.refusal.code === 'caller-unknown') throw new ProblemAnswer('not-signed-in')
  if (placed.refusal.code === 'call-over') throw new ProblemAnswer('call-ended')
  if (placed.refusal.code === 'asked-before') throw new AskedBefore()
  const { refusal, alternatives, decisionId } = placed.refusal
  parts.metrics.refused(refusal.code)
  throw new ProblemAnswer(codeOf(refusal), {
    params: await paramsAsSeen(request, { refusal, dialled, isHidden, isByNumber: calleeId === undefined, parts }),
    alternatives: (await reachable(alternatives, parts))
      .filter(({ kind }) => !(isHidden && kind === 'native-dialler'))
      .map(alternativeToWire),
    decisionId,
  })
}

/** Lawful is not enough to be offered: somebody must be there. */
async function reachable(alternatives: readonly Alternative[], { screens }: Parts): Promise<readonly Alternative[]> {
  const offered = await Promise.all(
    alternatives.map(async (one) =>
      one.kind === 'call-in-app' && (await screens.reach(one.memberId)) === 'none' ? [] : [one],
    ),
  )
  return offered.flat()
}

type Asked = z.infer<typeof newCall>

function targetAsked(request: FastifyRequest, organizationId: OrganizationId, parts: Parts): Promise<Target> {
  const { kind } = request.body as Asked
  return kind === 'network' ? colleagueOf(request, organizationId, parts) : dialledOf(request, organizationId, parts)
}

/** Inside the app there are colleagues, and their extensions. A call for help is one, however it is asked for. */
async function colleagueOf(request: FastifyRequest, organizationId: OrganizationId, parts: Parts): Promise<Target> {
  const { to } = request.body as Asked
  const own = memberOf(request).memberId
  const found = 'number' in to ? await readDialled(request, parts, to.number) : { kind: 'member' as const }
  if (found.kind === 'emergency') return dialledOf(request, organizationId, parts)
  if ('number' in to && found.kind !== 'colleague') throw referenceUnknown('to.number')
  const id = found.kind === 'colleague' ? found.colleague.id : idOf<'member'>((to as { memberId: string }).memberId)
  const colleague = await parts.stores.directory.member(organizationId, id)
  if (colleague === undefined || id === own) throw referenceUnknown('number' in to ? 'to.number' : 'to.memberId')
  return { kind: 'network', dialled: '', number: null, calleeId: { calleeId: id }, isHidden: false }
}

/** A colleague is called by his phone, which the caller need not see: `isHidden` = no answer may tell it either. */
async function dialledOf(request: FastifyRequest, organizationId: OrganizationId, parts: Parts): Promise<ToPhone> {
  const { to } = request.body as Asked
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

  function targetOf({ id, phone, ...rest }: Member & { readonly phone: E164 }): ToPhone {
    return {
      dialled: phone,
      number: phone,
      calleeId: { calleeId: id },
      isHidden: phoneAsSeen(request, { id, phone, ...rest }) === null,
    }
  }
}

type Target = ToPhone | InApp

type InApp = Omit<ToPhone, 'kind' | 'calleeId'> & {
  readonly kind: 'network'
  readonly calleeId: { readonly calleeId: MemberId }
}

type ToPhone = {
  readonly kind?: 'business'
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
