import { minutesLeft, ownChange } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import { isMember } from './access.ts'
import { audited } from './audited.ts'
import { refuseWeakPassword } from './credentials.ts'
import { deleteOthersOf } from './end-access.ts'
import { createFailures } from './failures.ts'
import { changeInTransaction } from './member-changes.ts'
import type { Parts } from './parts.ts'
import { badRequest, found, ProblemAnswer, tooMany } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf } from './scope.ts'
import { changeDoNotDisturb } from './reach.ts'
import { ownMinutesLeft } from './shown-pools.ts'
import { answers, nothing } from './wire.ts'

const MINUTE = 60_000

export const ownRoutes = routesOf(changeOwn, readOwnMinutes)

function changeOwn(app: App, parts: Parts): void {
  const { wrongPasswords: free } = parts.settings.limits
  // Whoever finds a browser open must not find out the password as well.
  const failures = createFailures({ free, firstMs: 10_000, longestMs: 15 * MINUTE, forgottenAfterMs: 30 * MINUTE })
  app.patch(
    '/api/me',
    {
      schema: {
        tags: ['session'],
        summary:
          'Change one’s own password, language or wish not to be disturbed; a new password ends all other sessions',
        body: ownChange,
        response: answers(204, nothing),
      },
      config: { access: isMember },
    },
    async (request, reply) => {
      const { organizationId, memberId } = memberOf(request)
      const { language, doNotDisturb, password, currentPassword } = request.body
      if (password !== undefined) {
        if (currentPassword === undefined) throw badRequest('currentPassword', 'needed to change the password')
        await refuseOwnWeak(request, parts, password)
        const at = parts.clock.now()
        const waitMs = failures.waitMs(memberId, at)
        if (waitMs > 0) throw tooMany(waitMs)
        // Counted before it is looked at: many may come at once.
        failures.add(memberId, at)
        const from = await hashIfRight(request, parts, currentPassword).catch((error: unknown) => {
          failures.undo(memberId)
          throw error
        })
        if (from === null) throw new ProblemAnswer('password-wrong')
        failures.forget(memberId)
        await changeOwnPassword(request, parts, { from, to: await parts.passwords.hash(password) })
      }
      if (language !== undefined)
        await changeInTransaction(request, parts, { organizationId, memberId, change: { language } })
      if (doNotDisturb !== undefined) await changeDoNotDisturb(request, parts, doNotDisturb)
      return reply.code(204).send(null)
    },
  )
}

function readOwnMinutes(app: App, parts: Parts): void {
  app.get(
    '/api/me/minutes',
    {
      schema: {
        tags: ['minutes'],
        summary: 'What one could still talk; the event `minutes` tells when it changes',
        response: answers(200, minutesLeft),
      },
      config: { access: isMember },
    },
    async (request) => {
      return { leftMs: await ownMinutesLeft(memberOf(request), parts) }
    },
  )
}

/** The hash that it was found right by; `null`: it is wrong. */
async function hashIfRight(request: FastifyRequest, parts: Parts, password: string): Promise<string | null> {
  const { organizationId, memberId } = memberOf(request)
  const { login } = found(await parts.stores.directory.member(organizationId, memberId))
  const credentials = await parts.stores.identity.credentials(login)
  const hash = credentials?.passwordHash ?? null
  return (await parts.passwords.verify(password, hash, 'known')) ? hash : null
}

async function refuseOwnWeak(request: FastifyRequest, parts: Parts, password: string): Promise<void> {
  const { organizationId, memberId } = memberOf(request)
  const { directory } = parts.stores
  const [member, organization] = await Promise.all([
    directory.member(organizationId, memberId),
    directory.organization(organizationId),
  ])
  refuseWeakPassword(parts, password, { member: found(member), organization: found(organization) })
}

/** Of two at once the second finds that what it gave as its password is none any more. */
async function changeOwnPassword(
  request: FastifyRequest,
  parts: Parts,
  hashes: { readonly from: string; readonly to: string },
): Promise<void> {
  const { organizationId, memberId, sessionHash } = memberOf(request)
  const ended = await parts.stores.atomically(async (stores) => {
    if (!(await stores.identity.changePassword(memberId, hashes))) throw new ProblemAnswer('password-wrong')
    await audited(
      request,
      { ...parts, stores },
      { organizationId, action: 'password.changed', subjectId: memberId, detail: {} },
    )
    return deleteOthersOf(stores, { id: memberId }, sessionHash)
  })
  await parts.signOuts.deleted(ended)
}
