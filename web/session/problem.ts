import type { ErrorCode, Problem, WireAlternative } from '@tandem/contract'

/** What can go wrong with a request: the register's codes, and those that only the browser sees. */
export type FailureCode = ErrorCode | 'unreachable' | 'unanswered' | 'unreadable'

/** A request that was answered with a problem, or not answered at all. */
export class ApiProblem extends Error {
  readonly code: FailureCode
  readonly params: Readonly<Record<string, string | number>>
  readonly alternatives: readonly WireAlternative[]
  readonly faults: NonNullable<Problem['faults']>

  constructor(code: FailureCode, problem?: Problem) {
    super(problem?.detail ?? problem?.title ?? code)
    this.name = 'ApiProblem'
    this.code = code
    this.params = problem?.params ?? {}
    this.alternatives = problem?.alternatives ?? []
    this.faults = problem?.faults ?? []
  }
}

const PASSING: ReadonlySet<FailureCode> = new Set(['unreachable', 'unanswered', 'server-restarting'])

/** Worth asking again as it is: nobody has said no. */
export const isPassing = (error: unknown): boolean => error instanceof ApiProblem && PASSING.has(error.code)

/** It was waited for as long as one may; see `ANSWER_MS`. */
export const isUnanswered = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'unanswered'

export const isSignedOut = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'not-signed-in'
