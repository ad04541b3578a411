import { admit, atMoment, useOf, type Admission, type Attempt, type Decision, type Tries, type World } from '#admission'
import { callerIdFor, dialStringFor, requestUriFor, type Trunk } from '#carriers'
import { resolveLimits } from '#directory'
import { offerFor, type PlanTerms, type Use } from '#entitlements'
import { durationMs, newId, no, yes, type CallId, type MemberId, type OrganizationId, type Outcome } from '#kernel'
import type { Placed, PlaceRequest, Refused } from './calls.ts'
import type { Call } from './call.ts'
import type { CallDependencies } from './dependencies.ts'
import { payingLegId } from './leg.ts'
import { sliceOperationId, type LiveMeter, type Meter, type Metering } from './meter.ts'
import { KeyTaken } from './store.ts'
import { partyIdOf, type Party, type Route } from './party.ts'
import { NOTHING_TAKEN, reserveFrom, type SliceTaken, type Source } from './reserve.ts'
import { snapshotOf, storedParty, type Room } from './room.ts'
import type { Switchboard } from './switchboard.ts'
import type { Reachabilities } from './trunks.ts'

type Placing = {
  readonly dependencies: CallDependencies
  readonly switchboard: Switchboard
  readonly trunks: Reachabilities
  readonly inWork: InWork
  /** Those that are not decided yet, too: many at once are no way around the count. */
  readonly attempts: InWork
}

/** Calls that were admitted and are not in the switchboard yet: they count as live, or two could take the last place. */
export class InWork {
  readonly #requests = new Set<PlaceRequest>()

  count(organizationId: OrganizationId, memberId: MemberId | null): number {
    return [...this.#requests].filter(
      (request) => request.organizationId === organizationId && (memberId === null || request.memberId === memberId),
    ).length
  }

  /** The same member's, without this one. */
  othersOf(request: PlaceRequest): readonly CallId[] {
    return [...this.#requests]
      .filter((each) => each !== request && each.memberId === request.memberId)
      .map(({ callId }) => callId)
  }

  async during<T>(request: PlaceRequest, work: () => Promise<T>): Promise<T> {
    this.#requests.add(request)
    try {
      return await work()
    } finally {
      this.#requests.delete(request)
    }
  }
}

/** Load, decide, reserve, write; then the browser may dial. */
export async function placeCall(request: PlaceRequest, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const known = request.isNew === true ? null : await placedBefore(request, placing)
  return known !== null ? yes(known) : placing.attempts.during(request, () => decided(request, placing))
}

async function decided(request: PlaceRequest, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const { dependencies, trunks } = placing
  const { callId, organizationId, memberId, dialled } = request
  const attempt: Attempt = {
    callId,
    at: dependencies.clock.now(),
    organizationId,
    callerId: memberId,
    kind: 'business',
    mode: 'direct',
    dialled,
    ...(request.calleeId === undefined ? {} : { calleeId: request.calleeId }),
  }
  const others = placing.attempts.othersOf(request)
  const [loaded, isAskedBefore] = await Promise.all([
    dependencies.stores.admission.loadToPlace(attempt, trunks.all(), others),
    request.once?.isUsed ?? false,
  ])
  if (isAskedBefore) return no({ code: 'asked-before' })
  if (loaded === undefined) return no({ code: 'caller-unknown' })
  const world = withAttempts(withLiveCalls(loaded.world, request, placing), others.length)
  const admission = admit(attempt, world)
  if (!admission.admitted) return refuse({ attempt, world, admission }, dependencies)
  const { trunks: allTrunks } = loaded
  return placing.inWork.during(request, () => admitted({ request, attempt, world, admission, allTrunks }, placing))
}

/** A request that is repeated, perhaps after a crash, finds its call. */
async function placedBefore(request: PlaceRequest, { dependencies, switchboard }: Placing): Promise<Placed | null> {
  const { callId, organizationId, sipUser } = request
  const room = switchboard.find(callId)?.room
  if (room !== undefined) return { call: snapshotOf(room), dialIn: switchboard.invite(callId, { callId, sipUser }) }
  const stored = await dependencies.stores.calls.find(organizationId, callId)
  if (stored === undefined) return null
  return { call: stored, dialIn: { dial: callId, inviteBefore: stored.placedAt } }
}

/**
 * The store's count lags behind: it lacks what is in work here, and has what has ended here and is not written down yet.
 * Other servers' calls are in the store alone.
 */
function withLiveCalls(
  world: World,
  { organizationId, memberId }: PlaceRequest,
  { switchboard, inWork }: Placing,
): World {
  const count = (ofMember: MemberId | null, stored: number): number => {
    const { live, closing } = switchboard.countOf({ organizationId, memberId: ofMember })
    return Math.max(stored - closing, live + inWork.count(organizationId, ofMember))
  }
  const { member, organization } = world.liveCalls
  return atMoment(world, { liveCalls: { member: count(memberId, member), organization: count(null, organization) } })
}

/** `inWork`: how many the caller has in work besides, which the world was loaded without. */
function withAttempts(world: World, inWork: number): World {
  const { unconnected, typedInVain } = world
  if (unconnected === undefined || typedInVain === undefined) return world
  const more = (tries: Tries): Tries => ({ ...tries, count: tries.count + inWork })
  const typed = { hour: more(typedInVain.hour), day: more(typedInVain.day) }
  return atMoment(world, { unconnected: more(unconnected), typedInVain: typed })
}

type Judged = { readonly attempt: Attempt; readonly world: World; readonly admission: Admission }
type Admitted = Judged & {
  readonly request: PlaceRequest
  readonly admission: Admission & { readonly admitted: true }
  readonly allTrunks: readonly Trunk[]
}

async function refuse(judged: Judged, { stores }: CallDependencies): Promise<Outcome<Placed, Refused>> {
  const { admission } = judged
  if (admission.admitted) throw new Error('an admission is no refusal')
  const decision = decisionOf(judged)
  await stores.admission.append(decision)
  const { refusal, alternatives } = admission
  return no({ code: 'refused', refusal, alternatives, decisionId: decision.id })
}

const decisionOf = (judged: Judged): Decision => ({ id: newId<'decision'>(judged.attempt.at), ...judged })

async function admitted(judged: Admitted, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const { request, attempt, world, admission, allTrunks } = judged
  const { dependencies, switchboard } = placing
  const call = callOf(judged)
  const meter = newMeter(judged)
  const beginsAt = attempt.at
  const { legId, heldMs } = meter
  const operationId = sliceOperationId(legId, heldMs)
  const wanted = { owner: call, meter, operationId, heldMs, beginsAt, now: beginsAt }
  const decision = decisionOf({ attempt, world, admission })
  const unplaced = { call, meter, decision, placing }
  const routes = routesOver(allTrunks, call)
  const unpaid = storedOf(roomOf({ call, meter, slice: NOTHING_TAKEN }, routes, dependencies))
  const place = reserveFrom(sourceOf(world), wanted, (reserve) =>
    dependencies.stores.calls.placePaid(unpaid, decision, { reserve, once: request.once?.key ?? null }),
  )
  try {
    const slice = await orAbandon(place, unplaced)
    if (slice.isClosed) return no({ code: 'call-over' })
    if (slice.tookMs === 0) return await outOfMinutes({ attempt, world }, slice, dependencies)
    return yes(opened(roomOf({ call, meter, slice }, routes, dependencies), request, switchboard))
  } catch (error) {
    if (error instanceof KeyTaken) return no({ code: 'asked-before' })
    throw error
  }
}

type Paid = { readonly call: Call; readonly meter: Meter; readonly slice: SliceTaken }
type Unplaced = Omit<Paid, 'slice'> & { readonly decision: Decision; readonly placing: Placing }

/**
 * What of it reached the database is unknown, the reservation included: it is written as a call, and ended as one, however
 * long that takes.
 */
async function orAbandon<T>(work: Promise<T>, { decision, placing, ...call }: Unplaced): Promise<T> {
  const { dependencies, switchboard } = placing
  try {
    return await work
  } catch (error) {
    if (error instanceof KeyTaken) throw error
    const room = roomOf({ ...call, slice: NOTHING_TAKEN }, [], dependencies)
    switchboard.add(room).abandon(() => dependencies.stores.calls.place(storedOf(room), decision))
    throw error
  }
}

/** Another call was faster since the world was loaded: judged again, on what was read and what the ledger answered. */
function outOfMinutes(
  { attempt, world }: Omit<Judged, 'admission'>,
  { isLimited }: SliceTaken,
  dependencies: CallDependencies,
): Promise<Outcome<Placed, Refused>> {
  const spent = atMoment(world, { reservation: isLimited ? 'limit-reached' : 'pools-empty' })
  return refuse({ attempt, world: spent, admission: admit(attempt, spent) }, dependencies)
}

/** The world's pools and limits: those that admission judged by. */
const sourceOf = ({ pools, periodEndsAt, caller, departmentLimits }: World): Source => ({
  pools,
  periodEndsAt,
  limitMs: resolveLimits(caller.limits, departmentLimits).monthlyMs,
})

const callOf = ({ request, attempt, admission }: Admitted): Call => ({
  id: request.callId,
  organizationId: request.organizationId,
  memberId: request.memberId,
  placedAt: attempt.at,
  dialledText: request.dialled,
  terms: admission.terms,
  state: { name: 'placed' },
})

function newMeter({ request, attempt, world }: Admitted): Meter {
  const terms = world.planVersion?.terms
  if (terms === undefined) throw new Error('admitted without a plan')
  return {
    legId: payingLegId(request.callId),
    terms: meteringOf(terms, useOf(attempt)),
    heldMs: durationMs(0),
    isLast: false,
  }
}

const meteringOf = (terms: PlanTerms, use: Use): Metering => {
  const { increments, sliceMs, longestCallMs } = terms
  return { increments, sliceMs, longestCallMs, ...offerFor(terms, use) }
}

/** The lawful routes with what the engine needs of their trunks; a trunk that is gone since is left out. */
export function routesOver(all: readonly Trunk[], call: Call): readonly Route[] {
  const trunks = new Map(all.map((trunk) => [trunk.id, trunk]))
  return call.terms.routes.flatMap(({ trunkId }) => {
    const trunk = trunks.get(trunkId)
    return trunk === undefined ? [] : [routeOf(trunk, call)]
  })
}

const routeOf = (trunk: Trunk, { terms }: Call): Route => ({
  trunkId: trunk.id,
  carrierId: trunk.carrierId,
  requestUri: requestUriFor(trunk, dialStringFor(trunk, terms.dialled, terms.homeCountry)),
  callerId: callerIdFor(trunk, terms.callerNumber, terms.homeCountry),
  failsOverOnTimeout: trunk.failsOverOnTimeout,
})

function roomOf({ call, meter, slice }: Paid, routes: readonly Route[], { settings }: CallDependencies): Room {
  const { tookMs, leftMs, isLimited } = slice
  const paid = { ...meter, heldMs: tookMs, leftMs, isLimited }
  const running = { ...paid, answeredAt: null, sliceFromMs: durationMs(0), isWarned: false }
  return {
    call,
    parties: [awaitedCaller(call), awaitedCallee(call, { routes, meter: running })],
    ringTimeoutMs: settings.ringTimeoutMs,
    browserGoneMs: settings.browserGoneMs,
    ringsUntil: null,
    ending: null,
  }
}

/** Nobody has dialled in yet. */
export const awaitedCaller = ({ id, memberId }: Call): Party => ({
  id: partyIdOf(id, 'initiator'),
  role: 'initiator',
  who: { memberId, number: null },
  reach: { kind: 'expected' },
  state: 'awaited',
  legs: [],
  channelId: null,
  meter: null,
})

/** Nobody has been dialled yet. */
export const awaitedCallee = (
  { id, terms }: Call,
  { routes, meter }: { readonly routes: readonly Route[]; readonly meter: LiveMeter },
): Party => ({
  id: partyIdOf(id, 'participant'),
  role: 'participant',
  who: { memberId: terms.calleeId ?? null, number: terms.dialled.kind === 'number' ? terms.dialled.number : null },
  reach: { kind: 'hunted', routes, route: -1 },
  state: 'awaited',
  legs: [],
  channelId: null,
  meter,
})

const storedOf = ({ call, parties }: Room) => ({ call, parties: parties.map(storedParty) })

function opened(room: Room, { sipUser }: PlaceRequest, switchboard: Switchboard): Placed {
  const actor = switchboard.add(room)
  const { id } = room.call
  actor.open()
  switchboard.spokenBy(id, sipUser)
  return { call: snapshotOf(room), dialIn: switchboard.invite(id, { callId: id, sipUser }) }
}
