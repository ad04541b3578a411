import { member, newMember } from '@tandem/contract'
import { extensionIn } from '#carriers'
import { nextExtension, type Member, type Staff } from '#directory'
import { newId, type CountryCode, type DurationMs, type E164, type Instant, type OrganizationId } from '#kernel'
import type { z } from 'zod'
import { mayCreateMembers } from './access.ts'
import { audited } from './audited.ts'
import { loginGiven, refuseWeakPassword } from './credentials.ts'
import { tellEtag } from './etag.ts'
import { refuseEmergencyExtension } from './member-changes.ts'
import { memberAnswer } from './member-wire.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['members']

export const newMemberRoutes = routesOf(createMember)

function createMember(app: App, parts: Parts): void {
  app.post(
    '/api/members',
    {
      schema: { tags, summary: 'Add a member', body: newMember, response: answers(201, member) },
      config: { access: mayCreateMembers },
    },
    async (request, reply) => {
      const { password, organizationId: named, ...told } = request.body
      const organizationId = organizationOf(request, named)
      const home = await parts.stores.directory.organization(organizationId)
      if (home === undefined) throw referenceUnknown('organizationId')
      const login = loginGiven(request, told.login, { code: home.code })
      if (password !== undefined)
        refuseWeakPassword(parts, password, { member: { ...told, login }, organization: home })
      const passwordHash = password === undefined ? null : await parts.passwords.hash(password)
      const made = await parts.stores.atomically(async (stores) => {
        const { directory } = stores
        const organization = await directory.lockOrganization(organizationId)
        if (organization === undefined) throw referenceUnknown('organizationId')
        const staff = await directory.staff(organizationId)
        const wanted = newMemberFromWire({ ...told, login }, { organizationId, at: parts.clock.now() })
        if (!wanted.departmentIds.every((id) => staff.departmentIds.has(id))) throw referenceUnknown('departmentIds')
        refuseEmergencyExtension(wanted.extension, organization.country)
        const extension = wanted.extension ?? extensionFor(staff, organization.country)
        const written = await directory.createMember({ ...wanted, extension })
        if (!written.ok) throw new ProblemAnswer(written.refusal.code)
        const { id, role } = written.value
        if (passwordHash !== null) await stores.identity.setPassword(id, passwordHash)
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'member.created', subjectId: id, detail: { role, extension } },
        )
        return written.value
      })
      tellEtag(reply, made)
      return reply.code(201).send(await memberAnswer(request, parts, made))
    },
  )
}

/** Who it will be; the schema has checked the brands, and of what is named twice one is meant. */
const newMemberFromWire = (
  told: Omit<z.infer<typeof newMember>, 'password' | 'organizationId'>,
  { organizationId, at }: { readonly organizationId: OrganizationId; readonly at: Instant },
): Member => ({
  ...told,
  id: newId(at),
  organizationId,
  standing: 'active',
  phone: told.phone as E164 | null,
  limits: { ...told.limits, monthlyMs: told.limits.monthlyMs as DurationMs | null },
  departmentIds: [...new Set(told.departmentIds.map((id) => idOf<'department'>(id)))].sort(),
  tags: [...new Set(told.tags)],
  language: null,
})

const extensionFor = ({ memberCount, extensions }: Staff, country: CountryCode): string | null =>
  nextExtension({
    memberCount: memberCount + 1,
    taken: extensions,
    isReserved: (digits) => extensionIn(digits, country) === null,
  }) ?? null
