import type { Destination, TrunkState } from '#carriers'
import type { DurationMs } from '#kernel'
import type { Attempt } from './attempt.ts'
import type { World } from './world.ts'

/**
 * What admission reads and what seldom changes. Each part is one value that is stored once, however many decisions read it.
 * A part holds nothing of the attempt: the same member, calling tomorrow, has the same.
 */
export type Standing = {
  readonly organization: World['organization']
  /** As he stands in this month: limits, tags, and which pools he draws from. */
  readonly caller: Pick<World, 'caller' | 'departmentLimits' | 'periodEndsAt'> & {
    readonly pools: readonly Omit<World['pools'][number], 'freeMs'>[]
  }
  /** The colleague as this caller may see him; nearly always nobody. */
  readonly callee: Pick<World, 'callee' | 'isSavedContact'>
  /** Plan, licences, rights, trunks and the tables of law and of calls for help. */
  readonly regime: Pick<World, 'licences' | 'numberRights' | 'planVersion' | 'tables'> & {
    readonly trunks: readonly StandingTrunk[]
  }
}

type StandingTrunk = Omit<TrunkState, 'reachability'>

/** What is another with each attempt. `freeMs` and `reachability`: in the order of the standing pools and trunks. */
export type Moment = Pick<World, 'usedThisMonthMs' | 'unconnected' | 'typedInVain' | 'liveCalls' | 'reservation'> & {
  readonly attempt: Attempt
  readonly destination: Destination
  readonly freeMs: readonly DurationMs[]
  readonly reachability: readonly TrunkState['reachability'][]
}

const origins = new WeakMap<World, Standing>()

/** The standing facts that a world was made of, the very object: their judge is known by it. */
export const originOf = (world: World): Standing | undefined => origins.get(world)

export function standingOf(world: World): Standing {
  const origin = originOf(world)
  if (origin !== undefined) return origin
  const { caller, departmentLimits, periodEndsAt, pools } = world
  const { licences, numberRights, planVersion, tables } = world
  return {
    organization: world.organization,
    caller: { caller, departmentLimits, periodEndsAt, pools: pools.map(({ id, bucket }) => ({ id, bucket })) },
    callee: { callee: world.callee, isSavedContact: world.isSavedContact },
    regime: {
      licences,
      numberRights,
      planVersion,
      trunks: world.trunks.map(standingTrunk),
      ...(tables === undefined ? {} : { tables }),
    },
  }
}

/** Field by field: a rest is several times as dear, and `admit` asks each time. */
const standingTrunk = ({ id, carrierId, priority, zones, standing }: StandingTrunk): StandingTrunk => ({
  id,
  carrierId,
  priority,
  zones,
  standing,
})

export const trunksAt = (
  trunks: Standing['regime']['trunks'],
  reachability: Moment['reachability'],
): readonly TrunkState[] =>
  trunks.map((trunk, index) => ({ ...standingTrunk(trunk), reachability: reachability[index]! }))

export function momentOf(attempt: Attempt, world: World): Moment {
  const { unconnected, typedInVain, reservation } = world
  return {
    attempt,
    destination: world.destination,
    freeMs: world.pools.map(({ freeMs }) => freeMs),
    usedThisMonthMs: world.usedThisMonthMs,
    liveCalls: world.liveCalls,
    reachability: world.trunks.map(({ reachability }) => reachability),
    ...(unconnected === undefined ? {} : { unconnected }),
    ...(typedInVain === undefined ? {} : { typedInVain }),
    ...(reservation === undefined ? {} : { reservation }),
  }
}

/** The two together, as one world: the inverse of `standingOf` and `momentOf`. */
export function worldOf(standing: Standing, moment: Moment): World {
  const { organization, caller, callee, regime } = standing
  const { attempt: _, freeMs, reachability, ...read } = moment
  const world: World = {
    organization,
    ...caller,
    ...callee,
    ...regime,
    ...read,
    pools: caller.pools.map((pool, index) => ({ ...pool, freeMs: freeMs[index]! })),
    trunks: trunksAt(regime.trunks, reachability),
  }
  origins.set(world, standing)
  return world
}

/** The same world with other figures of the moment. */
export function atMoment(world: World, change: Partial<Omit<Moment, 'attempt' | 'freeMs' | 'reachability'>>): World {
  const changed = { ...world, ...change }
  const origin = origins.get(world)
  if (origin !== undefined) origins.set(changed, origin)
  return changed
}
