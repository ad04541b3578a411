import {
  decision,
  decisionFilter,
  ERRORS,
  pageOf,
  type ErrorCode,
  type WireAlternative,
  type WireDecision,
} from '@tandem/contract'
import type { Alternative, ListedDecision, Refusal } from '#admission'
import { assert } from '#kernel'
import { mayReadDecisions } from './access.ts'
import { DECISIONS, pageAsked, pageToWire } from './cursor.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf } from './scope.ts'
import { answers, instantOrNull, timestampOf } from './wire.ts'

const tags = ['records']

export const decisionRoutes = routesOf(listDecisions)

function listDecisions(app: App, parts: Parts): void {
  app.get(
    '/api/decisions',
    {
      schema: {
        tags,
        summary: 'What was decided about each wish to call, newest first',
        querystring: decisionFilter,
        response: answers(200, pageOf(decision)),
      },
      config: { access: mayReadDecisions },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const { query } = request
      const decisions = await parts.stores.admission.list({
        organizationId,
        callerId: query.memberId === undefined ? null : idOf<'member'>(query.memberId),
        isAdmitted: query.admitted ?? null,
        code: (query.code as Refusal['code'] | undefined) ?? null,
        number: query.number ?? null,
        text: query.text ?? null,
        from: instantOrNull(query.from),
        until: instantOrNull(query.until),
        page: pageAsked(DECISIONS, query),
      })
      const memberIds = decisions.flatMap(({ attempt }) =>
        attempt.kind === 'network' ? [attempt.callerId, attempt.calleeId] : [attempt.callerId],
      )
      const people = await peopleFor(request, parts, { organizationId, memberIds })
      return pageToWire(DECISIONS, decisions, {
        limit: query.limit,
        cursorOf: (one) => ({ key: one.attempt.at, id: one.id }),
        toWire: (one) => decisionToWire(one, people),
      })
    },
  )
}

function decisionToWire({ id, attempt, admission }: ListedDecision, people: People): WireDecision {
  const refusal = admission.admitted ? null : admission.refusal
  return {
    id,
    callId: attempt.callId,
    at: timestampOf(attempt.at),
    memberId: attempt.callerId,
    memberName: people.nameOf(attempt.callerId),
    kind: attempt.kind,
    dialled: attempt.dialled,
    calleeName: attempt.kind === 'network' ? people.nameOf(attempt.calleeId) : null,
    admitted: admission.admitted,
    code: refusal === null ? null : codeOf(refusal),
    params: refusal === null ? {} : refusalParams(refusal),
    alternatives: admission.admitted ? [] : admission.alternatives.map(alternativeToWire),
  }
}

/** Each refusal has its row in the error register under its own name. */
export function codeOf(refusal: Refusal): ErrorCode {
  assert(refusal.code in ERRORS, `the error register has no ${refusal.code}`)
  return refusal.code
}

/** The facts of a refusal for its translated sentence; instants as timestamps. */
export function refusalParams({ code: _, ...facts }: Refusal): { [name: string]: string | number } {
  const entries = Object.entries(facts as { readonly [name: string]: string | number })
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value,
    ]),
  )
}

export const alternativeToWire = (alternative: Alternative): WireAlternative =>
  alternative.kind === 'wait-until' ? { kind: 'wait-until', at: timestampOf(alternative.at) } : { ...alternative }
