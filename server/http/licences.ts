import { licence, listOf, newLicence } from '@tandem/contract'
import type { Licence } from '#compliance'
import { newId } from '#kernel'
import { mayChangeNetwork, mayReadLicences } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { badRequest, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, whoOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['network']

export const licenceRoutes = routesOf(listLicences, createLicence)

function listLicences(app: App, parts: Parts): void {
  const { licences } = parts.stores
  app.get(
    '/api/licences',
    {
      schema: {
        tags,
        summary: "Licences on file; for an administrator the operator's kinds and days, without their numbers",
        response: answers(200, listOf(licence)),
      },
      config: { access: mayReadLicences },
    },
    async (request) => {
      const all = await licences.licences()
      return { items: whoOf(request).kind === 'operator' ? all.map(licenceToWire) : licencesForAdministrator(all) }
    },
  )
}

function createLicence(app: App, parts: Parts): void {
  app.post(
    '/api/licences',
    {
      schema: { tags, summary: 'Put a licence on file', body: newLicence, response: answers(201, licence) },
      config: { access: mayChangeNetwork },
    },
    async (request, reply) => {
      const { holder, ...told } = request.body
      if (told.validUntil < told.validFrom) throw badRequest('validUntil', 'before validFrom')
      const at = parts.clock.now()
      const wanted: Licence = {
        ...told,
        id: newId(at),
        holder: holder.kind === 'operator' ? holder : { kind: 'carrier', carrierId: idOf(holder.carrierId) },
      }
      const made = await parts.stores.atomically(async (stores) => {
        const written = await stores.licences.createLicence(wanted)
        if (!written.ok) throw referenceUnknown('holder.carrierId')
        const { id, kind, number } = written.value
        await audited(
          request,
          { ...parts, stores },
          { organizationId: null, action: 'licence.created', subjectId: id, detail: { kind, number } },
        )
        return written.value
      })
      return reply.code(201).send(licenceToWire(made))
    },
  )
}

/** What a refusal for want of a licence speaks of: which kinds the operator has, and when. Carriers are not his affair. */
const licencesForAdministrator = (all: readonly Licence[]) =>
  all
    .filter(({ holder }) => holder.kind === 'operator')
    .map((one) => ({ ...licenceToWire(one), number: null, agreement: null }))

const licenceToWire = ({ id, kind, number, holder, jurisdiction, validFrom, validUntil, agreement }: Licence) => ({
  id,
  kind,
  number,
  holder: { ...holder },
  jurisdiction,
  validFrom,
  validUntil,
  agreement,
})
