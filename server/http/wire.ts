import { problem } from '@tandem/contract'
import { z } from 'zod'
import { beginningOf } from '#entitlements'
import { instant, type Instant } from '#kernel'
import { ProblemAnswer } from './problem.ts'

export const timestampOf = (at: Instant): string => new Date(at).toISOString()
export const timestampOrNull = (at: Instant | null): string | null => (at === null ? null : timestampOf(at))
export const instantOf = (timestamp: string): Instant => instant(Date.parse(timestamp))
export const instantOrNull = (timestamp: string | null | undefined): Instant | null =>
  timestamp ? instantOf(timestamp) : null

/** When what a request asks for begins: now, if it does not say; never in the past. */
export function beginningAt(timestamp: string | undefined, now: Instant): Instant {
  const beginning = beginningOf(timestamp === undefined ? null : instantOf(timestamp), now)
  if (beginning === undefined) throw new ProblemAnswer('instant-past')
  return beginning
}

export const nothing = z.null().describe('No content')
export const idParam = z.object({ id: z.uuid().describe('Of the thing in the path') })

/** The answers of a route: its good one, and problems. */
export const answers = <S extends number, T extends z.ZodType>(status: S, schema: T) =>
  ({ [status]: schema, '4xx': problem, '5xx': problem }) as { [K in S]: T } & {
    '4xx': typeof problem
    '5xx': typeof problem
  }
