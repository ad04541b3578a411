import { emergencyNumberIn, type EmergencyPlan } from '@tandem/contract'
import { keysAfterAnswer } from './destination.ts'

/** What a dialled text says by itself, whoever dials it when. */
export type Reading = {
  readonly emergency: string | undefined
  readonly keys: string | null
}

export type Reader = (typed: string) => Reading

/**
 * Reads texts by these tables of calls for help: see `emergencyNumber` and `keysAfterAnswer`. People dial the same numbers
 * again and again, and a text takes longer to read than all the rest of a decision: the latest readings are kept.
 */
export function readerBy(plan: EmergencyPlan): Reader {
  const known = readers.get(plan) ?? makeReader(plan)
  readers.set(plan, known)
  return known
}

const readers = new WeakMap<EmergencyPlan, Reader>()

const MOST_READINGS = 10_000

function makeReader(plan: EmergencyPlan): Reader {
  const readings = new Map<string, Reading>()
  return (typed) => {
    const known = readings.get(typed)
    if (known !== undefined) return known
    const read = readingOf(typed, plan)
    // What is in use is soon known again.
    if (readings.size >= MOST_READINGS) readings.clear()
    readings.set(typed, read)
    return read
  }
}

/** Of nearly all texts, so that it is there once. */
const NUMBER_ALONE: Reading = { emergency: undefined, keys: null }

function readingOf(typed: string, plan: EmergencyPlan): Reading {
  const [emergency, keys] = [emergencyNumberIn(typed, plan), keysAfterAnswer(typed)]
  return emergency === undefined && keys === null ? NUMBER_ALONE : { emergency, keys }
}
