import { createHash } from 'node:crypto'
import type { Problem } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { newId, type CallId } from '#kernel'
import type { IdempotencyKey } from './idempotency-store.ts'
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

/** Which call a key stands for. `isNew`: made for this very request, so that nothing was done under it before. */
type Claimed = { readonly callId: CallId; readonly isNew: boolean }
type DoOnce = (claimed: Claimed) => Promise<Answer>

/**
 * Does something once per caller and `Idempotency-Key`, for 24 h: claimed before the work, answered after it. Refusals
 * are answers and are kept too; faults are not, and a claim that a crash left open is taken up again under its first
 * call id, so that what was done before the crash is found and not done twice.
 */
export async function withIdempotency(asked: Asked, work: DoOnce): Promise<Answer> {
  const key = keyOf(asked)
  const name = `${key.caller} ${key.key}`
  const other = inWork.get(name)
  if (other !== undefined) {
    if (other.bodyHash !== key.bodyHash) throw new ProblemAnswer('idempotency-key-reused')
    return replay(await other.answer)
  }
  const begun = claimAndWork(key, { store: asked.parts.stores.idempotency, work })
  const answer = begun.then((worked) => worked.answer)
  inWork.set(name, { bodyHash: key.bodyHash, answer })
  const forget = (): void => void inWork.delete(name)
  const notKept = (error: unknown): void =>
    asked.request.log.warn({ err: error }, 'an answer was not kept under its key')
  void begun.then(({ kept }) => kept.catch(notKept).finally(forget), forget)
  return replay(await answer)
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

type Work = { readonly store: Parts['stores']['idempotency']; readonly work: DoOnce }
/** Nobody waits for `kept`: an answer that was not kept is worked out again under the same call id. */
type Worked = { readonly answer: Answer; readonly kept: Promise<void> }

async function claimAndWork(key: IdempotencyKey, { store, work }: Work): Promise<Worked> {
  const claim = await store.claim(key)
  if (claim.kind === 'other-body') throw new ProblemAnswer('idempotency-key-reused')
  if (claim.kind === 'answered') return { answer: { status: claim.status, body: claim.body }, kept: Promise.resolve() }
  const isNew = claim.kind === 'first'
  const answer = await answerOrProblem(work, { callId: isNew ? key.callId : claim.callId, isNew })
  return { answer, kept: store.complete(key, answer) }
}

async function answerOrProblem(work: DoOnce, claimed: Claimed): Promise<Answer> {
  try {
    return await work(claimed)
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
