import {
  admit,
  atMoment,
  useOf,
  type Admission,
  type Attempt,
  type BusinessTerms,
  type Decision,
  type Tries,
  type World,
} from '#admission'
import type { Trunk } from '#carriers'
import { resolveLimits } from '#directory'
import { offerFor, type PlanTerms, type Use } from '#entitlements'
import {
  durationMs,
  newId,
  no,
  yes,
  type CallId,
  type Instant,
  type MemberId,
  type OrganizationId,
  type Outcome,
} from '#kernel'
import type { Placed, PlaceNetwork, PlaceRequest, Refused } from './calls.ts'
import type { Call } from './call.ts'
import type { CallDependencies } from './dependencies.ts'
import { payingLegId } from './leg.ts'
import { sliceOperationId, type Meter, type Metering } from './meter.ts'
import { awaitedCallee, awaitedColleague, meterWith, newRoom, routesOver } from './new-room.ts'
import { KeyTaken } from './store.ts'
import { NOTHING_TAKEN, reserveFrom, type SliceTaken, type Source } from './reserve.ts'
import { calleeOf, callerOf, snapshotOf, storedParty, type Room } from './room.ts'
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
  readonly #requests = new Map<PlaceRequest, Promise<unknown>>()

  count(organizationId: OrganizationId, memberId: MemberId | null): number {
    return [...this.#requests.keys()].filter(
      (request) => request.organizationId === organizationId && (memberId === null || request.memberId === memberId),
    ).length
  }

  /** The same member's, without this one. */
  othersOf(request: PlaceRequest): readonly CallId[] {
    return [...this.#requests.keys()]
      .filter((each) => each !== request && each.memberId === request.memberId)
      .map(({ callId }) => callId)
  }

  /** `crossing`: those whom he calls, and who began to call him before; each is over when it settles. */
  async during<T>(request: PlaceRequest, work: (crossing: readonly Promise<unknown>[]) => Promise<T>): Promise<T> {
    const crossing = [...this.#requests].filter(([each]) => isCrossing(each, request)).map(([, before]) => before)
    const working = work(crossing)
    this.#requests.set(request, working)
    try {
      return await working
    } finally {
      this.#requests.delete(request)
    }
  }
}

/** Load, decide, reserve, write; then the browser may dial. */
export async function placeCall(request: PlaceRequest, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const known = request.isNew === true ? null : await placedBefore(request, placing)
  if (known !== null) return yes(known)
  return placing.attempts.during(request, async (crossing) => {
    await Promise.allSettled(crossing)
    const joined = request.kind === 'network' ? callOfCallee(request, placing) : null
    return joined !== null ? yes(joined) : decided(request, placing)
  })
}

const isCrossing = (one: PlaceRequest, other: PlaceRequest): boolean =>
  one.kind === 'network' &&
  other.kind === 'network' &&
  one.memberId === other.calleeId &&
  one.calleeId === other.memberId

/**
 * Who is called is just calling himself, at whatever point that is: one call, which each of them answers by dialling in. Of
 * two at once the one that began later waits for the other.
 */
function callOfCallee(request: PlaceNetwork, { switchboard }: Placing): Placed | null {
  const actor = switchboard.callBetween(request.calleeId, request.memberId)
  if (actor === undefined) return null
  const { call } = actor.room
  const invitation = { callId: call.id, sipUser: request.sipUser, partyId: calleeOf(actor.room).id }
  return { call: snapshotOf(actor.room), dialIn: switchboard.invite(newId<'call'>(), invitation), isJoined: true }
}

async function decided(request: PlaceRequest, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const { dependencies, trunks } = placing
  const attempt = attemptOf(request, dependencies.clock.now())
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

function attemptOf(request: PlaceRequest, at: Instant): Attempt {
  const { callId, organizationId, memberId: callerId } = request
  const wish = { callId, at, organizationId, callerId, mode: 'direct' } as const
  if (request.kind === 'network') return { ...wish, kind: 'network', dialled: '', calleeId: request.calleeId }
  const { dialled, calleeId } = request
  return { ...wish, kind: 'business', dialled, ...(calleeId === undefined ? {} : { calleeId }) }
}

/** A request that is repeated, perhaps after a crash, finds its call. */
async function placedBefore(request: PlaceRequest, { dependencies, switchboard }: Placing): Promise<Placed | null> {
  const { callId, organizationId, sipUser } = request
  const room = switchboard.find(callId)?.room
  if (room !== undefined) {
    const partyId = callerOf(room).id
    return { call: snapshotOf(room), dialIn: switchboard.invite(callId, { callId, sipUser, partyId }) }
  }
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

function admitted(judged: Admitted, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const call = callOf(judged)
  const { terms } = judged.admission
  return terms.kind === 'network' ? placeFree(call, judged, placing) : placePaid({ call, terms }, judged, placing)
}

/** Nobody is paid: it is written, and may begin. */
async function placeFree(call: Call, judged: Admitted, placing: Placing): Promise<Outcome<Placed, Refused>> {
  const { request, attempt, world, admission } = judged
  const { dependencies, switchboard } = placing
  const decision = decisionOf({ attempt, world, admission })
  const room = newRoom(call, awaitedColleague(call), dependencies.settings)
  const written = dependencies.stores.calls.place(storedOf(room), decision, request.once?.key ?? null)
  return unlessKeyTaken(async () => {
    await orAbandon(written, { room, decision, placing })
    return yes(opened(room, request, switchboard))
  })
}

type Paying = { readonly call: Call; readonly terms: BusinessTerms }

async function placePaid(
  { call, terms }: Paying,
  judged: Admitted,
  placing: Placing,
): Promise<Outcome<Placed, Refused>> {
  const { request, attempt, world, admission, allTrunks } = judged
  const { dependencies, switchboard } = placing
  const meter = newMeter(judged)
  const beginsAt = attempt.at
  const { legId, heldMs } = meter
  const operationId = sliceOperationId(legId, heldMs)
  const wanted = { owner: call, meter, operationId, heldMs, beginsAt, now: beginsAt }
  const decision = decisionOf({ attempt, world, admission })
  const routes = routesOver(allTrunks, terms)
  const roomWith = (slice: SliceTaken): Room =>
    newRoom(call, awaitedCallee(call, { routes, meter: meterWith(meter, slice) }), dependencies.settings)
  const unpaid = roomWith(NOTHING_TAKEN)
  const place = reserveFrom(sourceOf(world), wanted, (reserve) =>
    dependencies.stores.calls.placePaid(storedOf(unpaid), decision, { reserve, once: request.once?.key ?? null }),
  )
  return unlessKeyTaken(async () => {
    const slice = await orAbandon(place, { room: unpaid, decision, placing })
    if (slice.isClosed) return no({ code: 'call-over' })
    if (slice.tookMs === 0) return outOfMinutes({ attempt, world }, slice, dependencies)
    return yes(opened(roomWith(slice), request, switchboard))
  })
}

async function unlessKeyTaken(work: () => Promise<Outcome<Placed, Refused>>): Promise<Outcome<Placed, Refused>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof KeyTaken) return no({ code: 'asked-before' })
    throw error
  }
}

type Unplaced = { readonly room: Room; readonly decision: Decision; readonly placing: Placing }

/**
 * What of it reached the database is unknown, the reservation included: it is written as a call, and ended as one, however
 * long that takes.
 */
async function orAbandon<T>(work: Promise<T>, { room, decision, placing }: Unplaced): Promise<T> {
  const { dependencies, switchboard } = placing
  try {
    return await work
  } catch (error) {
    if (error instanceof KeyTaken) throw error
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
  dialledText: attempt.dialled,
  terms: admission.terms,
  state: { name: 'placed' },
})

function newMeter({ request, attempt, world }: Admitted): Meter {
  const terms = world.planVersion?.terms
  if (terms === undefined) throw new Error('admitted without a plan')
  const use = useOf(attempt)
  if (use === null) throw new Error('nobody pays for a call inside the app')
  return {
    legId: payingLegId(request.callId),
    terms: meteringOf(terms, use),
    heldMs: durationMs(0),
    isLast: false,
  }
}

const meteringOf = (terms: PlanTerms, use: Use): Metering => {
  const { increments, sliceMs, longestCallMs } = terms
  return { increments, sliceMs, longestCallMs, ...offerFor(terms, use) }
}

const storedOf = ({ call, parties }: Room) => ({ call, parties: parties.map(storedParty) })

function opened(room: Room, { sipUser }: PlaceRequest, switchboard: Switchboard): Placed {
  const actor = switchboard.add(room)
  const { id } = room.call
  const partyId = callerOf(room).id
  actor.open()
  switchboard.spokenBy(id, { partyId, sipUser })
  return { call: snapshotOf(room), dialIn: switchboard.invite(id, { callId: id, sipUser, partyId }) }
}
