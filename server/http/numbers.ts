import { listOf, newNumber, number, scopeQuery } from '@tandem/contract'
import type { NumberRight } from '#carriers'
import type { E164 } from '#kernel'
import { isInCharge, mayChangeNetwork } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { badRequest, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf } from './scope.ts'
import { answers, instantOf, instantOrNull, timestampOf, timestampOrNull } from './wire.ts'

const tags = ['network']

export const numberRoutes = routesOf(listNumbers, createNumber)

function listNumbers(app: App, parts: Parts): void {
  const { carriers } = parts.stores
  app.get(
    '/api/numbers',
    {
      schema: {
        tags,
        summary: 'Numbers that an organization may show',
        querystring: scopeQuery,
        response: answers(200, listOf(number)),
      },
      config: { access: isInCharge },
    },
    async (request) => {
      const rights = await carriers.numberRights(organizationOf(request, request.query.organizationId))
      return { items: rights.map(numberToWire) }
    },
  )
}

function createNumber(app: App, parts: Parts): void {
  app.post(
    '/api/numbers',
    {
      schema: {
        tags,
        summary: 'Record the proven right to use a number',
        body: newNumber,
        response: answers(201, number),
      },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      const { body } = request
      const [validFrom, validUntil] = [instantOf(body.validFrom), instantOrNull(body.validUntil)]
      if (validUntil !== null && validUntil <= validFrom) throw badRequest('validUntil', 'not after validFrom')
      const organizationId = idOf<'organization'>(body.organizationId)
      const { proof, isDefault } = body
      const right = { number: body.number as E164, organizationId, proof, validFrom, validUntil, isDefault }
      const made = await parts.stores.atomically(async (stores) => {
        if ((await stores.directory.organization(organizationId)) === undefined)
          throw referenceUnknown('organizationId')
        const written = await stores.carriers.createNumberRight(right)
        if (!written.ok) throw new ProblemAnswer(written.refusal.code)
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'number.granted', subjectId: right.number, detail: { proof } },
        )
        return written.value
      })
      return reply.code(201).send(numberToWire(made))
    },
  )
}

const numberToWire = (right: NumberRight) => ({
  organizationId: right.organizationId,
  number: right.number,
  proof: right.proof,
  validFrom: timestampOf(right.validFrom),
  validUntil: timestampOrNull(right.validUntil),
  isDefault: right.isDefault,
})
