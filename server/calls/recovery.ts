import type { BusinessTerms } from '#admission'
import type { Trunk } from '#carriers'
import { assert, computedId, durationMs, Fault, later, type DurationMs, type Instant, type LegId } from '#kernel'
import type { CallActor } from './actor.ts'
import { forEachAtOnce } from './at-once.ts'
import type { Call, CallState } from './call.ts'
import { CAUSE } from './causes.ts'
import type { CallDependencies } from './dependencies.ts'
import { hangUpAll } from './ending.ts'
import type { LiveChannel } from './engine.ts'
import { payingLegId, routeLegId, type LiveLeg } from './leg.ts'
import type { LiveMeter } from './meter.ts'
import type { Party, PartyRole, PartyState } from './party.ts'
import { awaitedCallee, awaitedColleague, meterWith, newRoom, routesOver } from './new-room.ts'
import { reconcile, type Facts, type Survey } from './reconcile.ts'
import { leftOf } from './reserve.ts'
import { calleeOf, callerOf, legsOf, livingLegs, type Room } from './room.ts'
import type { StoredCall, StoredParty, UnreadableCall } from './store.ts'
import type { Switchboard } from './switchboard.ts'

type Recovery = { readonly dependencies: CallDependencies; readonly switchboard: Switchboard }

/** So many calls are worked on at a time; somewhat more than there are connections to the database. */
const AT_ONCE = 16

/**
 * At our start: every call that the store knows to live, and no hold that belongs to none of them. Each by itself: one
 * that nothing can be made of is told and closed, and the others go on.
 */
export async function takeStoredCalls({ dependencies, switchboard }: Recovery): Promise<void> {
  const { stores, log } = dependencies
  const { calls: stored, unreadable } = await stores.calls.live()
  const holds = await stores.entitlements.openHolds()
  const shared = {
    heldMs: new Map(holds.map((hold) => [hold.legId, hold.heldMs])),
    trunks: await stores.carriers.trunks(),
  }
  const faults: UnreadableCall[] = [...unreadable]
  await forEachAtOnce(stored, AT_ONCE, async (call) => {
    try {
      switchboard.add(await roomFromStored(call, shared, dependencies)).tellAll()
    } catch (fault) {
      if (!isOfData(fault)) throw fault
      faults.push({ id: call.call.id, fault })
    }
  })
  await forEachAtOnce(faults, AT_ONCE, (call) => closeUnreadable(call, dependencies))
  const known = new Set<string>([...stored.map(({ call }) => call.id), ...faults.map(({ id }) => id)].map(payingLegId))
  const orphans = holds.filter(({ legId }) => !known.has(legId))
  await forEachAtOnce(orphans, AT_ONCE, ({ legId }) => release(legId, dependencies))
  if (stored.length + orphans.length > 0)
    log.info({ calls: stored.length, orphanedHolds: orphans.length }, 'taken over from the store')
}

/** Not of the way to the database: such a fault would come again at every start. */
const isOfData = (fault: unknown): boolean =>
  fault instanceof Fault || fault instanceof TypeError || fault instanceof RangeError || fault instanceof SyntaxError

/** What nobody can prove is charged to nobody. Its channels are hung up with those of calls that are over. */
async function closeUnreadable({ id, fault }: UnreadableCall, dependencies: CallDependencies): Promise<void> {
  const { stores, clock, log, countFault } = dependencies
  countFault('unreadable')
  log.error({ callId: id, err: fault }, 'nothing can be made of a stored call: it is closed without a record')
  try {
    await release(payingLegId(id), dependencies)
    await stores.calls.endUnreadable(id, clock.now())
  } catch (error) {
    log.error({ callId: id, err: error }, 'a call that cannot be read could not be closed either')
  }
}

/** Reserved for a call that was never written (a crash came between the two), or for one that cannot be read. */
async function release(legId: string, { stores, clock }: CallDependencies): Promise<void> {
  const operationId = computedId<'operation'>(legId, 'settle')
  await stores.ledger.settle({ operationId, legId: legId as LegId, ratedMs: durationMs(0), at: clock.now() })
}

/** What is asked once for all calls. */
type Shared = { readonly heldMs: ReadonlyMap<string, DurationMs>; readonly trunks: readonly Trunk[] }

async function roomFromStored(stored: StoredCall, shared: Shared, dependencies: CallDependencies): Promise<Room> {
  const { call, parties, legs } = stored
  const { settings } = dependencies
  const known = legs.map((leg) => ({ ...leg, endedBy: null }))
  const [initiator, participant] = [storedOf(call, parties, 'initiator'), storedOf(call, parties, 'participant')]
  const callee =
    call.terms.kind === 'network'
      ? dialledInWith({ ...awaitedColleague(call), id: participant.id }, known)
      : await paidCallee({ call, terms: call.terms, participant, known }, shared, dependencies)
  const room = newRoom(call, callee, settings)
  const caller = dialledInWith({ ...callerOf(room), id: initiator.id }, known)
  const ringsSince = caller.legs[0]?.startedAt
  return {
    ...room,
    parties: [caller, callee],
    // His lease, which goes on, was reckoned for that.
    ringsUntil: ringsSince === undefined ? null : later(ringsSince, settings.ringTimeoutMs),
  }
}

type OfTelephone = {
  readonly call: Call
  readonly terms: BusinessTerms
  readonly participant: StoredParty
  readonly known: readonly LiveLeg[]
}

async function paidCallee(
  { call, terms, participant: { id, meter }, known }: OfTelephone,
  { heldMs: held, trunks }: Shared,
  dependencies: CallDependencies,
): Promise<Party> {
  assert(meter !== null, `call ${call.id} has nothing to be metered by`)
  const { leftMs, isLimited } = await leftOf(call, { at: dependencies.clock.now(), offer: meter.terms }, dependencies)
  // The ledger may be ahead by a slice that was reserved and not written down before the crash.
  const heldMs = held.get(meter.legId) ?? meter.heldMs
  const running: LiveMeter = {
    ...meterWith(meter, { tookMs: heldMs, leftMs, isLimited, isClosed: false }),
    answeredAt: call.state.name === 'connected' ? call.state.answeredAt : null,
    sliceFromMs: durationMs(Math.max(0, heldMs - meter.terms.sliceMs)),
  }
  const callee = { ...awaitedCallee(call, { routes: routesOver(trunks, terms), meter: running }), id }
  return calleeWith(callee, known, call.state)
}

function storedOf({ id }: Call, parties: readonly StoredParty[], role: PartyRole): StoredParty {
  const party = parties.find((each) => each.role === role)
  assert(party !== undefined, `call ${id} has no ${role}`)
  return party
}

/** By the app. */
function dialledInWith(party: Party, all: readonly LiveLeg[]): Party {
  const legs = all.filter(({ partyId }) => partyId === party.id)
  const now = legs.findLast(({ endedAt }) => endedAt === null) ?? legs.at(-1)
  return now === undefined ? party : { ...party, state: 'in', legs, channelId: now.channelId }
}

function calleeWith(callee: Party, all: readonly LiveLeg[], { name }: CallState): Party {
  const legs = all.filter(({ partyId }) => partyId === callee.id)
  const now = legs.at(-1)
  if (now === undefined || callee.reach.kind !== 'hunted') return callee
  const reach = { ...callee.reach, route: legs.length - 1 }
  const state: PartyState =
    name === 'connected' ? 'in' : name === 'ringing' || name === 'early-media' ? name : 'calling'
  return { ...callee, state, reach, legs, channelId: now.channelId }
}

/** When the engine is there (again): what lives goes on, what ended meanwhile is ended as its log says. */
export async function reconcileAll(recovery: Recovery): Promise<void> {
  const { actors } = recovery.switchboard
  const survey = await reconcileCalls(actors, recovery)
  tellSpeakers(survey.channels, recovery.switchboard)
  await endUnknown(survey, recovery)
  if (actors.length > 0)
    recovery.dependencies.log.info(
      { calls: actors.length, channels: survey.channels.length },
      'calls brought up to what the engine says',
    )
}

/** Each call in its own turn, many at a time, over one survey and one reading of the log. */
export async function reconcileCalls(actors: readonly CallActor[], recovery: Recovery): Promise<Survey> {
  const { dependencies, switchboard } = recovery
  const { clock } = dependencies
  // A channel that is being created must be there, or have failed, before the engine is asked what lives.
  await Promise.all(actors.map((actor) => actor.settled()))
  const survey = await surveyNow(dependencies)
  const facts = await factsFor(actors, survey, recovery)
  // A caller bears his call's name from his first dial on; who was not that far is known by his channel.
  const channelsOf = Map.groupBy(
    survey.channels,
    ({ callId, channelId }) => switchboard.callOfChannel(channelId) ?? callId,
  )
  await forEachAtOnce(actors, AT_ONCE, (actor) =>
    actor.run((room) => {
      const channels = channelsOf.get(room.call.id) ?? []
      const now = clock.now()
      return isUnreachable(room, switchboard) && channels.length === 0 && !wasDialled(room, facts)
        ? hangUpAll(room, { reason: 'abandoned' }, now)
        : reconcile(room, { ...facts, survey: { ...survey, channels } }, now)
    }),
  )
  return survey
}

async function surveyNow({ engine, clock }: CallDependencies): Promise<Survey> {
  const askedAt = clock.now()
  return { askedAt, channels: await engine.survey() }
}

/** Placed by a server that is gone, and its invitation with it: nobody can dial in any more. */
const isUnreachable = (room: Room, switchboard: Switchboard): boolean =>
  room.call.state.name === 'placed' && legsOf(room).length === 0 && !switchboard.isInvited(room.call.id)

const wasDialled = (room: Room, { history }: Facts): boolean =>
  triesOf(room).some((id) => (history.get(id)?.answeredAt ?? history.get(id)?.endedAt ?? null) !== null)

/** The channels that it may have made, and lost before they were written down. */
function triesOf(room: Room): readonly string[] {
  const { reach } = calleeOf(room)
  return reach.kind === 'hunted' ? reach.routes.map((_, route) => routeLegId(room.call.id, route)) : []
}

async function factsFor(
  actors: readonly CallActor[],
  survey: Survey,
  { dependencies, switchboard }: Recovery,
): Promise<Facts> {
  const legs = actors.flatMap(({ room }) => livingLegs(room))
  const tries = actors.flatMap(({ room }) => triesOf(room))
  const ids = [...new Set<string>([...legs.map((leg) => leg.channelId), ...tries])]
  const there = new Set(survey.channels.map(({ channelId }) => channelId))
  const isGone = ({ channelId, bootId }: LiveLeg): boolean => bootId === switchboard.bootId && !there.has(channelId)
  const history = await historyOf(ids, legs.filter(isGone), dependencies)
  const bootEnds = new Map<string, Instant | null>()
  const bootIds = [...legs, ...history.values()].map((each) => each.bootId)
  for (const bootId of new Set(bootIds)) {
    if (bootId === switchboard.bootId) continue
    const end = await endOfBoot(bootId, dependencies)
    if (end !== undefined) bootEnds.set(bootId, end)
  }
  return { bootId: switchboard.bootId, survey, history, bootEnds }
}

/** `null`: it is over, and nothing tells when; `undefined`: it lives. */
async function endOfBoot(
  bootId: string,
  { stores, log, countFault }: CallDependencies,
): Promise<Instant | null | undefined> {
  const end = await stores.engineLog.endOfBoot(bootId)
  if (end.kind !== 'unknown') return end.kind === 'ended' ? end.at : undefined
  countFault('boot-unknown')
  log.error(
    { bootId },
    'nothing is known of a life of the engine: its calls are settled at their own last sign of life',
  )
  return null
}

/** The log is written a moment after the channel is gone: asked again if it doesn't know of an end that it must know. */
async function historyOf(
  ids: readonly string[],
  gone: readonly LiveLeg[],
  { stores, timers }: CallDependencies,
): Promise<Facts['history']> {
  if (ids.length === 0) return new Map()
  for (let tries = 0; ; tries++) {
    const history = await stores.engineLog.historyOf(ids)
    if (tries === 3 || gone.every(({ channelId }) => history.get(channelId)?.endedAt != null)) return history
    await new Promise<void>((resolve) => timers.after(LOG_LAG_MS, resolve))
  }
}

const LOG_LAG_MS = 100

/** Whose browser speaks in which call is kept in memory alone: after our restart the engine knows it. */
function tellSpeakers(channels: readonly LiveChannel[], switchboard: Switchboard): void {
  const endpoints = new Map(channels.map((channel) => [channel.channelId, channel]))
  for (const { room } of switchboard.actors)
    for (const { id: partyId, reach, channelId } of room.parties) {
      const channel = reach.kind === 'expected' ? endpoints.get(channelId ?? '') : undefined
      if (channel?.endpoint !== undefined) switchboard.spokenBy(room.call.id, { partyId, sipUser: channel.endpoint })
    }
}

/** Channels of calls that are over. One that nobody claimed may have just arrived: its own short lease ends it. */
async function endUnknown({ channels }: Survey, { dependencies, switchboard }: Recovery): Promise<void> {
  const known = new Set<string>(switchboard.actors.map(({ room }) => room.call.id))
  const unknown = channels.filter(({ callId }) => callId !== '' && !known.has(callId))
  await forEachAtOnce(unknown, AT_ONCE, ({ channelId }) =>
    dependencies.engine.hangup(channelId, CAUSE.normal).catch(() => undefined),
  )
}
