import { ERRORS, type ErrorCode, type Problem } from '@tandem/contract'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod'
import { tellUndocumented } from './route-errors.ts'

type Details = Omit<Problem, 'type' | 'title' | 'status' | 'code'>

/** An answer of RFC 9457, on its way out of a route. */
export class ProblemAnswer extends Error {
  override name = 'ProblemAnswer'
  readonly problem: Problem
  /** Seconds until it is worth to try again. */
  retryAfterS: number | null = null

  constructor(code: ErrorCode, details: Details = {}) {
    super(code)
    this.problem = problemOf(code, details)
  }
}

export function problemOf(code: ErrorCode, details: Details = {}): Problem {
  const { status, title } = ERRORS[code]
  return { type: `urn:tandem:error:${code}`, title, status, code, ...details }
}

/** Names a field of the request that names something which is not there. */
export const referenceUnknown = (path: string): ProblemAnswer =>
  new ProblemAnswer('reference-unknown', { faults: [{ path, message: 'unknown' }] })

export const badRequest = (path: string, message: string): ProblemAnswer =>
  new ProblemAnswer('bad-request', { faults: [{ path, message }] })

/** `waitMs`: after which it is worth to try again. */
export function tooMany(waitMs: number): ProblemAnswer {
  const answer = new ProblemAnswer('too-many-requests')
  answer.retryAfterS = Math.max(1, Math.ceil(waitMs / 1000))
  return answer
}

/** What exists, or 404. */
export function found<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new ProblemAnswer('not-found')
  return value
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) reply.header('retry-after', '1')
  return reply.code(problem.status).type('application/problem+json').send(problem)
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemFrom(error)
  tellUndocumented(request, problem.code)
  // Too many sign-ins at once are strangers' doing, and counted elsewhere.
  if (problem.status >= 500 && problem.code !== 'sign-in-busy')
    request.log[problem.code === 'internal-error' ? 'error' : 'warn']({ err: error }, 'request failed')
  if (error instanceof ProblemAnswer && error.retryAfterS !== null) reply.header('retry-after', error.retryAfterS)
  return sendProblem(reply, problem)
}

function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemAnswer) return error.problem
  if (hasZodFastifySchemaValidationErrors(error)) {
    return problemOf('bad-request', {
      faults: error.validation.flatMap(({ instancePath, message = 'wrong', params }) => {
        const path = pathOf(instancePath)
        const unknown = (params as { readonly keys?: readonly string[] }).keys ?? []
        if (unknown.length === 0) return [{ path, message }]
        return unknown.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: 'unknown' }))
      }),
    })
  }
  if (isResponseSerializationError(error)) return problemOf('internal-error')
  const { name, code, statusCode } = error as FastifyError
  if (name === 'LedgerUnreachable' || isDatabaseGone(code)) return problemOf('ledger-unreachable')
  if (name === 'SipUserRevoked') return problemOf('not-signed-in')
  if (name === 'HashingBusy') return problemOf('sign-in-busy')
  if (name === 'EngineUnreachable') return problemOf('engine-unreachable')
  if (statusCode === 413) return problemOf('body-too-large')
  if (statusCode === 429) return problemOf('too-many-requests')
  // Fastify's own: no JSON, wrong content type, too large.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return problemOf('bad-request', { detail: (error as Error).message })
  return problemOf('internal-error')
}

/** A JSON pointer of the validator as a dotted path. */
const pathOf = (pointer: string): string => pointer.replace(/^\//, '').replaceAll('/', '.')

/** Sockets that lead nowhere, and Postgres's class 57 (shutting down) and 08 (connection); PostgreSQL manual, appendix A. */
const isDatabaseGone = (code: string | undefined): boolean =>
  code !== undefined && (/^(57P|08)/.test(code) || ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code))
