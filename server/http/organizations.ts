import { listOf, newOrganization, organization, organizationChange } from '@tandem/contract'
import { codeFromName, codesLike, type Organization } from '#directory'
import { newId, parseZone, type E164, type OrganizationId, type ZoneId } from '#kernel'
import { isOperator, isSignedIn, mayChangeOrganizations } from './access.ts'
import { audited, changesOf } from './audited.ts'
import { refuseOutdated, tellEtag } from './etag.ts'
import type { Parts } from './parts.ts'
import { badRequest, found, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { organizationOf, whoOf } from './scope.ts'
import { answers, idParam } from './wire.ts'

const tags = ['organizations']

export const organizationRoutes = routesOf(listOrganizations, readOrganization, createOrganization, patchOrganization)

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

function readOrganization(app: App, parts: Parts): void {
  app.get(
    '/api/organizations/:id',
    {
      schema: {
        tags,
        summary: 'An organization; `ETag` names how it is now, for `If-Match` of a change',
        params: idParam,
        response: answers(200, organization),
      },
      config: { access: isSignedIn },
    },
    async (request, reply) => {
      const id = organizationOf(request, request.params.id)
      const one = found(await parts.stores.directory.organization(id))
      tellEtag(reply, one)
      return organizationToWire(one)
    },
  )
}

function createOrganization(app: App, parts: Parts): void {
  app.post(
    '/api/organizations',
    {
      schema: { tags, summary: 'Make an organization', body: newOrganization, response: answers(201, organization) },
      config: { access: isOperator },
    },
    async (request, reply) => {
      const zone = zoneFromWire(request.body.zone)
      const { code: wanted, ...told } = request.body
      const made = await parts.stores.atomically(async (stores) => {
        const { directory } = stores
        const code = await directory.freeCode(wanted === undefined ? codesLike(codeFromName(told.name)) : [wanted])
        if (code === undefined) throw new ProblemAnswer('organization-code-taken')
        const written = await directory.createOrganization({
          ...told,
          id: newId(parts.clock.now()),
          code,
          zone,
          standing: 'active',
        })
        if (!written.ok) throw new ProblemAnswer(written.refusal.code)
        const { id, name } = written.value
        await audited(
          request,
          { ...parts, stores },
          { organizationId: id, action: 'organization.created', subjectId: id, detail: { name, code } },
        )
        return written.value
      })
      return reply.code(201).send(organizationToWire(made))
    },
  )
}

function patchOrganization(app: App, parts: Parts): void {
  app.patch(
    '/api/organizations/:id',
    {
      schema: {
        tags,
        summary: 'Change an organization; what is left out stays as it is. Applies to the next call at once',
        params: idParam,
        body: organizationChange,
        response: answers(200, organization),
      },
      config: { access: mayChangeOrganizations },
    },
    async (request, reply) => {
      const id = organizationOf(request, request.params.id)
      const { defaultNumber, zone, ...rest } = request.body
      if (whoOf(request).kind !== 'operator') refuseOperatorFields({ zone, ...rest })
      const change = { ...rest, ...(zone === undefined ? {} : { zone: zoneFromWire(zone) }) }
      const changed = await parts.stores.atomically(async (stores) => {
        const before = found(await stores.directory.lockOrganization(id))
        refuseOutdated(request, before)
        const after = { ...before, ...change } as Organization
        const number = defaultNumber === undefined ? undefined : (defaultNumber as E164)
        const former = number === undefined ? undefined : await changeDefaultNumber(stores.carriers, id, number)
        const detail = changesOf({ ...before, defaultNumber: former }, { ...after, defaultNumber: number ?? former })
        if (detail === undefined) return after
        await stores.directory.changeOrganization(after)
        await audited(
          request,
          { ...parts, stores },
          { organizationId: id, action: 'organization.changed', subjectId: id, detail },
        )
        return after
      })
      tellEtag(reply, changed)
      return organizationToWire(changed)
    },
  )
}

/** What it was before. */
async function changeDefaultNumber(
  carriers: Pick<Parts['stores']['carriers'], 'numberRights' | 'setDefaultNumber'>,
  organizationId: OrganizationId,
  number: E164,
): Promise<E164 | null> {
  const rights = await carriers.numberRights(organizationId)
  if (!(await carriers.setDefaultNumber(organizationId, number))) throw referenceUnknown('defaultNumber')
  return rights.find(({ isDefault }) => isDefault)?.number ?? null
}

const ADMINISTRATORS_FIELDS = ['name']

function refuseOperatorFields(change: object): void {
  const field = Object.entries(change).find(
    ([name, value]) => value !== undefined && !ADMINISTRATORS_FIELDS.includes(name),
  )
  if (field !== undefined)
    throw new ProblemAnswer('not-allowed', { faults: [{ path: field[0], message: 'operator only' }] })
}

const zoneFromWire = (zone: string): ZoneId => {
  const parsed = parseZone(zone)
  if (parsed === undefined) throw badRequest('zone', 'not a time zone of the tz database, such as Asia/Shanghai')
  return parsed
}

const organizationToWire = ({ id, name, code, zone, country, jurisdiction, verification, standing }: Organization) => ({
  id,
  name,
  code,
  zone,
  country,
  jurisdiction,
  verification,
  standing,
})
