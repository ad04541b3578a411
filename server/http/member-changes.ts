import { member, memberChange, newPassword, scopeQuery } from '@tandem/contract'
import { extensionIn } from '#carriers'
import { changeMember, type Member, type MemberChange } from '#directory'
import type { Ended } from '#identity'
import type { DurationMs, E164, MemberId, OrganizationId } from '#kernel'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { mayChangeMembers } from './access.ts'
import { audited, changesOf } from './audited.ts'
import { loginGiven, refuseWeakPassword } from './credentials.ts'
import { deleteAllOf, reopenScreensOf } from './end-access.ts'
import { refuseOutdated, tellEtag } from './etag.ts'
import { memberAnswer } from './member-wire.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf, whoOf } from './scope.ts'
import { answers, idParam, nothing } from './wire.ts'

const tags = ['members']

export const memberChangeRoutes = routesOf(patchMember, resetPassword)

function patchMember(app: App, parts: Parts): void {
  app.patch(
    '/api/members/:id',
    {
      schema: {
        tags,
        summary: 'Change a member; what is left out stays as it is. Applies to the next call at once',
        params: idParam,
        querystring: scopeQuery,
        body: memberChange,
        response: answers(200, member),
      },
      config: { access: mayChangeMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const asked = { organizationId, memberId: idOf<'member'>(request.params.id), change: fromWire(request.body) }
      const { before, after, ended } = await changeInTransaction(request, parts, asked)
      if (ended !== null) await parts.signOuts.deleted(ended)
      // A screen that is open hears what its reader may know; it asks again as who he is now.
      else if (before.role !== after.role || before.isShielded !== after.isShielded) await reopenScreensOf(parts, after)
      tellEtag(reply, after)
      return memberAnswer(request, parts, after)
    },
  )
}

type Asked = {
  readonly organizationId: OrganizationId
  readonly memberId: MemberId
  readonly change: MemberChange
}

/** One change of an organization's people at a time: what it is judged by does not move under it. */
export const changeInTransaction = (
  request: FastifyRequest,
  parts: Parts,
  { organizationId, memberId, change }: Asked,
): Promise<{ readonly before: Member; readonly after: Member; readonly ended: Ended | null }> =>
  parts.stores.atomically(async (stores) => {
    const { directory } = stores
    const organization = found(await directory.lockOrganization(organizationId))
    const before = found(await directory.member(organizationId, memberId))
    refuseOutdated(request, before)
    const staff = await directory.staff(organizationId)
    const { login } = change
    const whole =
      login === undefined ? {} : { login: loginGiven(request, login, { ...organization, now: before.login }) }
    const decided = changeMember(
      before,
      { ...change, ...whole },
      { staff, mayLeaveNobody: whoOf(request).kind === 'operator' },
    )
    if (!decided.ok) throw refusalOf(decided.refusal)
    const after = decided.value
    if (after.extension !== before.extension) refuseEmergencyExtension(after.extension, organization.country)
    const detail = changesOf(before, after)
    if (detail !== undefined) {
      const written = await directory.changeMember(after)
      if (!written.ok) throw new ProblemAnswer(written.refusal.code)
      await audited(
        request,
        { ...parts, stores },
        { organizationId, action: 'member.changed', subjectId: memberId, detail },
      )
    }
    const isBarred = before.standing === 'active' && after.standing === 'suspended'
    return { before, after, ended: isBarred ? await deleteAllOf(stores, after) : null }
  })

const refusalOf = ({ code }: { readonly code: 'department-unknown' | 'extension-taken' | 'last-administrator' }) =>
  code === 'department-unknown' ? referenceUnknown('departmentIds') : new ProblemAnswer(code)

/** A call for help is never lost to a colleague who has its number; and who dials a service code reaches the service. */
export function refuseEmergencyExtension(extension: string | null, country: string): void {
  if (extension !== null && extensionIn(extension, country) === null) throw new ProblemAnswer('extension-reserved')
}

function resetPassword(app: App, parts: Parts): void {
  app.post(
    '/api/members/:id/password',
    {
      schema: {
        tags,
        summary: 'Give a member a new password; all that he has open ends',
        params: idParam,
        querystring: scopeQuery,
        body: newPassword,
        response: answers(204, nothing),
      },
      config: { access: mayChangeMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const subjectId = idOf<'member'>(request.params.id)
      const subject = found(await parts.stores.directory.member(organizationId, subjectId))
      const { password } = request.body
      const organization = found(await parts.stores.directory.organization(organizationId))
      refuseWeakPassword(parts, password, { member: subject, organization })
      const passwordHash = await parts.passwords.hash(password)
      const ended = await parts.stores.atomically(async (stores) => {
        await stores.identity.setPassword(subjectId, passwordHash)
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'password.reset', subjectId, detail: {} },
        )
        return deleteAllOf(stores, subject)
      })
      await parts.signOuts.deleted(ended)
      return reply.code(204).send(null)
    },
  )
}

/** The schema has checked the brands; of what is named twice one is meant. */
function fromWire(wire: z.infer<typeof memberChange>): MemberChange {
  const { phone, limits, departmentIds, tags: words, ...rest } = wire
  const change = {
    ...rest,
    ...(phone === undefined ? {} : { phone: phone as E164 | null }),
    ...(limits === undefined ? {} : { limits: limits as { monthlyMs?: DurationMs | null } }),
    ...(words === undefined ? {} : { tags: [...new Set(words)] }),
    ...(departmentIds === undefined
      ? {}
      : { departmentIds: [...new Set(departmentIds.map((id) => idOf<'department'>(id)))].sort() }),
  }
  return change as MemberChange
}
