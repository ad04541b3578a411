import type { BusinessTerms } from '#admission'
import { callerIdFor, dialStringFor, requestUriFor, type Trunk } from '#carriers'
import { durationMs } from '#kernel'
import { dialledOf, type Call } from './call.ts'
import type { CallSettings } from './dependencies.ts'
import type { LiveMeter, Meter } from './meter.ts'
import { partyIdOf, type Party, type Route } from './party.ts'
import type { SliceTaken } from './reserve.ts'
import type { Room } from './room.ts'

/** A room as it begins: nobody is there yet. */
export function newRoom(call: Call, callee: Party, settings: CallSettings): Room {
  return {
    call,
    parties: [awaitedCaller(call), callee],
    ringTimeoutMs: settings.ringTimeoutMs,
    browserGoneMs: settings.browserGoneMs,
    ringsUntil: null,
    ending: null,
  }
}

/** What is paid for from the start. */
export function meterWith(meter: Meter, { tookMs, leftMs, isLimited }: SliceTaken): LiveMeter {
  const paid = { ...meter, heldMs: tookMs, leftMs, isLimited }
  return { ...paid, answeredAt: null, sliceFromMs: durationMs(0), isWarned: false }
}

/** The lawful routes with what the engine needs of their trunks; a trunk that is gone since is left out. */
export function routesOver(all: readonly Trunk[], terms: BusinessTerms): readonly Route[] {
  const trunks = new Map(all.map((trunk) => [trunk.id, trunk]))
  return terms.routes.flatMap(({ trunkId }) => {
    const trunk = trunks.get(trunkId)
    return trunk === undefined ? [] : [routeOf(trunk, terms)]
  })
}

const routeOf = (trunk: Trunk, terms: BusinessTerms): Route => ({
  trunkId: trunk.id,
  carrierId: trunk.carrierId,
  requestUri: requestUriFor(trunk, dialStringFor(trunk, terms.dialled, terms.homeCountry)),
  callerId: callerIdFor(trunk, terms.callerNumber, terms.homeCountry),
  failsOverOnTimeout: trunk.failsOverOnTimeout,
})

const awaitedCaller = ({ id, memberId }: Call): Party => ({
  id: partyIdOf(id, 'initiator'),
  role: 'initiator',
  who: { memberId, number: null },
  reach: { kind: 'expected' },
  state: 'awaited',
  legs: [],
  channelId: null,
  meter: null,
})

/** By telephone. */
export const awaitedCallee = (
  call: Call,
  { routes, meter }: { readonly routes: readonly Route[]; readonly meter: LiveMeter },
): Party => ({
  id: partyIdOf(call.id, 'participant'),
  role: 'participant',
  who: { memberId: call.terms.calleeId ?? null, number: dialledOf(call).number },
  reach: { kind: 'hunted', routes, route: -1 },
  state: 'awaited',
  legs: [],
  channelId: null,
  meter,
})

/** Inside the app: one of his screens will dial in. */
export const awaitedColleague = ({ id, terms }: Call): Party => ({
  id: partyIdOf(id, 'participant'),
  role: 'participant',
  who: { memberId: terms.calleeId ?? null, number: null },
  reach: { kind: 'expected' },
  state: 'awaited',
  legs: [],
  channelId: null,
  meter: null,
})
