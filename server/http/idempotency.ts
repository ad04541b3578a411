import { createHash } from 'node:crypto'
import type { Problem } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { IdempotencyKey } from '#calls'
import { newId, type CallId } from '#kernel'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'
import { actorOf } from './scope.ts'

/** Checked in the handler, so that leaving it out has its own code. */
export const keyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Required. A repeated request with the same key is answered with the first answer, for 24 h'),
})

type Answer = { readonly status: number; readonly body: unknown }
type Asked = {
  readonly request: FastifyRequest
  readonly parts: Parts
  /** What is asked for: the same key for something else is another body. */
  readonly purpose: string
}

/** What this process is working on: whoever repeats a request meanwhile waits for the same answer. */
const inWork = new Map<string, { readonly bodyHash: string; readonly answer: Promise<Answer> }>()

/**
 * Does something once per caller and `Idempotency-Key`, for 24 h: claimed before the work, answered after it. Refusals
 * are answers and are kept too; faults are not, and a claim that a crash left open is taken up again under its first
 * call id, so that what was done before the crash is found and not done twice.
 */
export async function withIdempotency(asked: Asked, work: (callId: CallId) => Promise<Answer>): Promise<Answer> {
  const key = keyOf(asked)
  const name = `${key.caller} ${key.key}`
  const other = inWork.get(name)
  if (other !== undefined) {
    if (other.bodyHash !== key.bodyHash) throw new ProblemAnswer('idempotency-key-reused')
    return replay(await other.answer)
  }
  const answer = claimAndWork(key, { store: asked.parts.stores.idempotency, work })
  inWork.set(name, { bodyHash: key.bodyHash, answer })
  try {
    return replay(await answer)
  } finally {
    inWork.delete(name)
  }
}

function keyOf({ request, parts, purpose }: Asked): IdempotencyKey {
  const given = request.headers['idempotency-key']
  if (typeof given !== 'string' || given === '') throw new ProblemAnswer('idempotency-key-missing')
  const at = parts.clock.now()
  const bodyHash = createHash('sha256')
    .update(`${purpose}\n${JSON.stringify(request.body)}`)
    .digest('hex')
  return { caller: actorOf(request), key: given, bodyHash, at, callId: newId<'call'>(at) }
}

type Work = { readonly store: Parts['stores']['idempotency']; readonly work: (callId: CallId) => Promise<Answer> }

async function claimAndWork(key: IdempotencyKey, { store, work }: Work): Promise<Answer> {
  const claim = await store.claim(key)
  if (claim.kind === 'other-body') throw new ProblemAnswer('idempotency-key-reused')
  if (claim.kind === 'answered') return { status: claim.status, body: claim.body }
  const answer = await answerOrProblem(work, claim.kind === 'first' ? key.callId : claim.callId)
  await store.complete(key, answer)
  return answer
}

async function answerOrProblem(work: Work['work'], callId: CallId): Promise<Answer> {
  try {
    return await work(callId)
  } catch (error) {
    if (error instanceof ProblemAnswer && error.problem.status < 500)
      return { status: error.problem.status, body: error.problem }
    throw error
  }
}

function replay(answer: Answer): Answer {
  if (answer.status < 400) return answer
  const { code, type: _, title: __, status: ___, ...details } = answer.body as Problem
  throw new ProblemAnswer(code, details)
}
