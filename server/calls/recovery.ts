import { computedId, durationMs, type Instant, type LegId } from '#kernel'
import type { CallActor } from './actor.ts'
import { CAUSE } from './causes.ts'
import { hangUpAll } from './decide-ending.ts'
import type { CallDependencies } from './dependencies.ts'
import type { LiveChannel } from './engine.ts'
import { livingLegs, payingLegId, routeLegId, type LiveCall, type LiveLeg } from './live-call.ts'
import { routesOf } from './place.ts'
import { reconcile, type Facts, type Survey } from './reconcile.ts'
import { leftOf } from './reserve.ts'
import type { StoredCall } from './store.ts'
import type { Switchboard } from './switchboard.ts'

type Recovery = { readonly dependencies: CallDependencies; readonly switchboard: Switchboard }

/** At our start: every call that the store knows to live, and no hold that belongs to none of them. */
export async function takeStoredCalls({ dependencies, switchboard }: Recovery): Promise<void> {
  const { stores, log } = dependencies
  const stored = await stores.calls.live()
  const holds = await stores.entitlements.openHolds()
  for (const call of stored) switchboard.add(await liveFromStored(call, holds, dependencies))
  const known = new Set<string>(stored.map(({ call }) => payingLegId(call.id)))
  const orphans = holds.filter(({ legId }) => !known.has(legId))
  for (const { legId } of orphans) await release(legId, dependencies)
  if (stored.length + orphans.length > 0)
    log.info({ calls: stored.length, orphanedHolds: orphans.length }, 'taken over from the store')
}

/** Reserved for a call that was never written: a crash came between the two. */
async function release(legId: string, { stores, clock }: CallDependencies): Promise<void> {
  const operationId = computedId<'operation'>(legId, 'settle')
  await stores.ledger.settle({ operationId, legId: legId as LegId, ratedMs: durationMs(0), at: clock.now() })
}

type Holds = Awaited<ReturnType<CallDependencies['stores']['entitlements']['openHolds']>>

async function liveFromStored(
  { call, legs, meter }: StoredCall,
  holds: Holds,
  dependencies: CallDependencies,
): Promise<LiveCall> {
  const { settings, clock } = dependencies
  const { leftMs, isLimited } = await leftOf(call, { at: clock.now(), offer: call.metering }, dependencies)
  const caller =
    legs.findLast((leg) => leg.kind === 'app' && leg.endedAt === null) ?? legs.findLast((leg) => leg.kind === 'app')
  const legId = payingLegId(call.id)
  const saved = meter ?? { legId, heldMs: durationMs(0), isLast: false }
  const heldMs = holds.find((hold) => hold.legId === legId)?.heldMs ?? saved.heldMs
  return {
    call,
    routes: await routesOf(call, dependencies),
    legs: legs.map((leg) => ({ ...leg, endedBy: null })),
    callerChannelId: caller?.channelId ?? null,
    route: legs.filter((leg) => leg.kind === 'phone-out').length - 1,
    ringTimeoutMs: settings.ringTimeoutMs,
    browserGoneMs: settings.browserGoneMs,
    ringsUntil: null,
    meter: {
      ...saved,
      // The ledger may be ahead by a slice that was reserved and not written down before the crash.
      heldMs,
      sliceFromMs: durationMs(Math.max(0, heldMs - call.metering.sliceMs)),
      leftMs,
      isLimited,
    },
    isWarned: false,
    ending: null,
  }
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

/** Each call by itself, over one survey. */
export async function reconcileCalls(actors: readonly CallActor[], recovery: Recovery): Promise<Survey> {
  const { dependencies, switchboard } = recovery
  const { clock } = dependencies
  // A channel that is being created must be there, or have failed, before the engine is asked what lives.
  await Promise.all(actors.map((actor) => actor.settled()))
  const survey = await surveyNow(dependencies)
  const facts = await factsFor(actors, survey, recovery)
  for (const actor of actors) {
    await actor.run((live) => {
      const channels = survey.channels.filter(({ callId }) => callId === live.call.id)
      const now = clock.now()
      return isUnreachable(live, switchboard)
        ? hangUpAll(live, { reason: 'abandoned' }, now)
        : reconcile(live, { ...facts, survey: { ...survey, channels } }, now)
    })
  }
  return survey
}

async function surveyNow({ engine, clock }: CallDependencies): Promise<Survey> {
  const askedAt = clock.now()
  return { askedAt, channels: await engine.survey() }
}

/** Placed by a server that is gone, and its invitation with it: nobody can dial in any more. */
const isUnreachable = ({ call, legs }: LiveCall, switchboard: Switchboard): boolean =>
  call.state.name === 'placed' && legs.length === 0 && !switchboard.isInvited(call.id)

async function factsFor(
  actors: readonly CallActor[],
  survey: Survey,
  { dependencies, switchboard }: Recovery,
): Promise<Facts> {
  const legs = actors.flatMap(({ live }) => livingLegs(live))
  const tries = actors.flatMap(({ live }) => live.routes.map((_, route) => routeLegId(live.call.id, route)))
  const ids = [...new Set<string>([...legs.map((leg) => leg.channelId), ...tries])]
  const isGone = ({ channelId, bootId }: LiveLeg): boolean =>
    bootId === switchboard.bootId && !survey.channels.some((channel) => channel.channelId === channelId)
  const history = await historyOf(ids, legs.filter(isGone), dependencies)
  const bootEnds = new Map<string, Instant | null>()
  for (const bootId of new Set(legs.map((leg) => leg.bootId))) {
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
  for (const { live } of switchboard.actors) {
    const channel = channels.find(({ channelId }) => channelId === live.callerChannelId)
    if (channel?.endpoint !== undefined) switchboard.spokenBy(live.call.id, channel.endpoint)
  }
}

/** Channels of calls that are over. One that nobody claimed may have just arrived: its own short lease ends it. */
async function endUnknown({ channels }: Survey, { dependencies, switchboard }: Recovery): Promise<void> {
  const known = new Set<string>(switchboard.actors.map(({ live }) => live.call.id))
  const unknown = channels.filter(({ callId }) => callId !== '' && !known.has(callId))
  for (const { channelId } of unknown) await dependencies.engine.hangup(channelId, CAUSE.normal).catch(() => undefined)
}
