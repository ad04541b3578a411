import { createHash } from 'node:crypto'
import type { Problem } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Once } from '#calls'
import { assert, newId, type CallId } from '#kernel'
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

/** `isKept` `false`: what was done did not write the key, so the answer is kept under it. */
type Answer = { readonly status: number; readonly body: unknown; readonly isKept?: boolean }
type Asked = {
  readonly request: FastifyRequest
  readonly parts: Parts
  /** What is asked for: the same key for something else is another body. */
  readonly purpose: string
}

/** `over`: the key is written, or will not be. Never rejects. */
type InWork = { readonly bodyHash: string; readonly answer: Promise<Answer>; readonly over: Promise<void> }

/** What this process is working on: whoever repeats a request meanwhile waits for the same answer. */
const inWork = new Map<string, InWork>()

/** Which call a key stands for. `isNew`: made for this very request, so that nothing was done under it before. */
type Claimed = { readonly callId: CallId; readonly isNew: boolean }
/** `once`: who places the call writes the key with it, and does nothing if it is used. */
type Looked = Claimed & { readonly once: Once }
type DoOnce = (claimed: Claimed) => Promise<Answer>
type PlaceOnce = (looked: Looked) => Promise<Answer>

/** Thrown by the work: the key stands for another call id. */
export class AskedBefore extends Error {
  override name = 'AskedBefore'
}

/**
 * Does something once per caller and `Idempotency-Key`, for 24 h: claimed before the work, answered after it. Refusals
 * are answers and are kept too; faults are not, and a claim that a crash left open is taken up again under its first
 * call id, so that what was done before the crash is found and not done twice.
 */
export const withIdempotency = (asked: Asked, work: DoOnce): Promise<Answer> =>
  oneAtATime(asked, (key) => claimAndWork(key, { store: asked.parts.stores.idempotency, work }))

/**
 * The same for a call: its key is written by the very transaction that places it, so that placing waits once. Whether it was
 * used before is asked while the facts are read. A call that was placed is found under its id, and its answer made anew;
 * only refusals are kept.
 */
export const placedOnce = (asked: Asked, work: PlaceOnce): Promise<Answer> =>
  oneAtATime(asked, (key) => lookAndWork(key, { store: asked.parts.stores.idempotency, work }))

/**
 * Whoever repeats the request in this process meanwhile gets the same answer. Who asks for something else under its key waits
 * until it is known whose the key is: the one that is being worked on may be the wrong one.
 */
async function oneAtATime(asked: Asked, begin: (key: IdempotencyKey) => Promise<Worked>): Promise<Answer> {
  const key = keyOf(asked)
  const name = `${key.caller} ${key.key}`
  const other = inWork.get(name)
  if (other !== undefined) {
    if (other.bodyHash === key.bodyHash) return replay(await other.answer)
    await other.over
    return oneAtATime(asked, begin)
  }
  const begun = begin(key)
  const answer = begun.then((worked) => worked.answer)
  const forget = (): void => void inWork.delete(name)
  const notKept = (error: unknown): void =>
    asked.request.log.warn({ err: error }, 'an answer was not kept under its key')
  const over = begun.then(({ kept }) => kept.catch(notKept).finally(forget), forget)
  inWork.set(name, { bodyHash: key.bodyHash, answer, over })
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

type Work<Once> = { readonly store: Parts['stores']['idempotency']; readonly work: Once }
/** Nobody waits for `kept`: an answer that was not kept is worked out again under the same call id. */
type Worked = { readonly answer: Answer; readonly kept: Promise<void> }

async function claimAndWork(key: IdempotencyKey, { store, work }: Work<DoOnce>): Promise<Worked> {
  const claim = await store.claim(key)
  if (claim.kind === 'other-body') throw new ProblemAnswer('idempotency-key-reused')
  if (claim.kind === 'answered') return { answer: { status: claim.status, body: claim.body }, kept: Promise.resolve() }
  const isNew = claim.kind === 'first'
  const answer = await answerOrProblem(() => work({ callId: isNew ? key.callId : claim.callId, isNew }))
  return { answer, kept: store.complete(key, answer) }
}

async function lookAndWork(key: IdempotencyKey, { store, work }: Work<PlaceOnce>): Promise<Worked> {
  const looked = store.look(key)
  const isUsed = looked.then(({ kind }) => kind !== 'first')
  isUsed.catch(() => undefined) // Whoever works awaits it, or gives up before.
  const place = { callId: key.callId, isNew: true, once: { key, isUsed } }
  const answer = await answerOrProblem(() => work(place)).catch(ifAskedBefore)
  const before = answer === undefined && !(await isUsed) ? await store.look(key) : await looked
  if (answer !== undefined && before.kind === 'first') return keptIfRefused(key, answer, store)
  if (before.kind === 'other-body') throw new ProblemAnswer('idempotency-key-reused')
  if (before.kind === 'answered')
    return { answer: { status: before.status, body: before.body }, kept: Promise.resolve() }
  assert(before.kind === 'in-progress', 'a key was taken, and nobody has it')
  const { callId } = before
  const once = { key, isUsed: false }
  const again = await answerOrProblem(() => work({ callId, isNew: false, once }))
  return keptIfRefused({ ...key, callId }, again, store)
}

function ifAskedBefore(error: unknown): undefined {
  if (!(error instanceof AskedBefore)) throw error
}

const keptIfRefused = (key: IdempotencyKey, answer: Answer, store: Work<PlaceOnce>['store']): Worked => ({
  answer,
  kept: answer.status < 400 && answer.isKept !== false ? Promise.resolve() : store.keep(key, answer),
})

async function answerOrProblem(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
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
