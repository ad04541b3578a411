import { listOf, newOrganization, organization } from '@tandem/contract'
import type { Organization } from '#directory'
import { newId, parseZone } from '#kernel'
import { isOperator, isSignedIn } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { badRequest } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { whoOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['organizations']

export const organizationRoutes = routesOf(listOrganizations, createOrganization)

function listOrganizations(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.get(
    '/api/organizations',
    {
      schema: {
        tags,
        summary: "Organizations: all for the operator, a member's own",
        response: answers(200, listOf(organization)),
      },
      config: { access: isSignedIn },
    },
    async (request) => {
      const who = whoOf(request)
      const all =
        who.kind === 'operator' ? await directory.organizations() : [await directory.organization(who.organizationId)]
      return { items: all.filter((one) => one !== undefined).map(organizationToWire) }
    },
  )
}

function createOrganization(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.post(
    '/api/organizations',
    {
      schema: { tags, summary: 'Make an organization', body: newOrganization, response: answers(201, organization) },
      config: { access: isOperator },
    },
    async (request, reply) => {
      const zone = parseZone(request.body.zone)
      if (zone === undefined) throw badRequest('zone', 'not a time zone of the tz database, such as Asia/Shanghai')
      const at = parts.clock.now()
      const made: Organization = { ...request.body, id: newId(at), zone, standing: 'active' }
      await directory.createOrganization(made)
      await audited(request, parts, {
        organizationId: made.id,
        action: 'organization.created',
        subjectId: made.id,
        detail: { name: made.name },
      })
      return reply.code(201).send(organizationToWire(made))
    },
  )
}

const organizationToWire = ({ id, name, zone, country, jurisdiction, verification, standing }: Organization) => ({
  id,
  name,
  zone,
  country,
  jurisdiction,
  verification,
  standing,
})
