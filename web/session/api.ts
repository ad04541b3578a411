import { problem } from '@tandem/contract'
import { z } from 'zod'
import { learnClock } from './clock.ts'
import { ApiProblem, isPassing } from './problem.ts'

export type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  /** Makes the request repeatable: the same key never does the thing twice. */
  readonly idempotencyKey?: string
  /** Repeatable without a key: to hang up twice is to hang up. */
  readonly isRepeatable?: boolean
  readonly signal?: AbortSignal
  /** How long one try may take, in ms. */
  readonly answerMs?: number
  /** Do it only to what is still as this `ETag` names it (RFC 9110, 13.1.1). */
  readonly ifMatch?: string | null
  readonly onHeaders?: (headers: Headers) => void
}

/** How long a repeatable request is tried again while the server is away. */
const PATIENCE_MS = 8000
const FIRST_PAUSE_MS = 250
/** No answer for so long is none: a dead network would let a request wait for minutes. */
const ANSWER_MS = 10_000

/** Asks the API and reads the answer by its schema. Rejects with `ApiProblem`. */
export async function request<T>(schema: z.ZodType<T>, path: string, ask: Ask = {}): Promise<T> {
  const isRepeatable = ask.idempotencyKey !== undefined || ask.isRepeatable === true
  const giveUpAt = Date.now() + (isRepeatable ? PATIENCE_MS : 0)
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      return read(schema, await send(path, ask))
    } catch (error) {
      if (!isPassing(error) || Date.now() + pauseMs > giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** For requests whose answer has nothing to read. */
export const nothing = z.unknown()

async function send(path: string, ask: Ask): Promise<unknown> {
  const headers = new Headers({ accept: 'application/json' })
  if (ask.body !== undefined) headers.set('content-type', 'application/json')
  if (ask.ifMatch) headers.set('if-match', ask.ifMatch)
  if (ask.idempotencyKey) headers.set('idempotency-key', ask.idempotencyKey)
  const init: RequestInit = { method: ask.method ?? 'GET', headers, credentials: 'same-origin' }
  if (ask.body !== undefined) init.body = JSON.stringify(ask.body)
  const { response, body } = await fetchWithin(`/api${path}`, init, ask)
  learnClock(response.headers.get('date'))
  ask.onHeaders?.(response.headers)
  if (response.ok) return body
  const said = problem.safeParse(body)
  if (said.success) throw new ApiProblem(said.data.code, said.data)
  throw new ApiProblem(response.status >= 502 ? 'unreachable' : 'unreadable')
}

/** The whole answer, or a problem: `unanswered` when it did not come in time, `unreachable` when nothing can come. */
async function fetchWithin(url: string, init: RequestInit, { signal, answerMs = ANSWER_MS }: Ask) {
  const late = AbortSignal.timeout(answerMs)
  init.signal = signal ? AbortSignal.any([signal, late]) : late
  try {
    const response = await fetch(url, init)
    const text = response.status === 204 ? '' : await response.text()
    return { response, body: jsonOf(text) }
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiProblem(late.aborted ? 'unanswered' : 'unreachable')
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  console.error('The answer does not fit its schema', parsed.error.issues)
  throw new ApiProblem('unreadable')
}
