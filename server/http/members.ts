import { contact, listOf, member, memberFilter, newContact, newMember, pageOf, type WireMember } from '@tandem/contract'
import type { FastifyRequest } from 'fastify'
import type { Department, Member } from '#directory'
import { newId, type DurationMs, type E164 } from '#kernel'
import { isMember, mayCreateMembers, mayReadMembers } from './access.ts'
import { audited } from './audited.ts'
import { MEMBERS, pageAsked, pageToWire } from './cursor.ts'
import type { Parts } from './parts.ts'
import { hiddenFrom, phoneAsSeen } from './people.ts'
import { ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, memberOf, organizationOf } from './scope.ts'
import { answers } from './wire.ts'

const tags = ['members']

export const memberRoutes = routesOf(listMembers, createMember)

function listMembers(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.get(
    '/api/members',
    {
      schema: {
        tags,
        summary: 'Members that the reader may see, by name',
        querystring: memberFilter,
        response: answers(200, pageOf(member)),
      },
      config: { access: mayReadMembers },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const { query } = request
      const [members, departments] = await Promise.all([
        directory.listMembers({
          organizationId,
          reader: hiddenFrom(request),
          text: query.text ?? null,
          departmentId: query.departmentId === undefined ? null : idOf<'department'>(query.departmentId),
          role: query.role ?? null,
          standing: query.standing ?? null,
          page: pageAsked(MEMBERS, query),
        }),
        directory.departments(organizationId),
      ])
      return pageToWire(MEMBERS, members, {
        limit: query.limit,
        cursorOf: ({ sortKey, id }) => ({ key: sortKey, id }),
        toWire: (one) => memberToWire(request, one, departments),
      })
    },
  )
}

function createMember(app: App, parts: Parts): void {
  const { directory, identity } = parts.stores
  app.post(
    '/api/members',
    {
      schema: { tags, summary: 'Add a member', body: newMember, response: answers(201, member) },
      config: { access: mayCreateMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.body.organizationId)
      if ((await directory.organization(organizationId)) === undefined) throw referenceUnknown('organizationId')
      const at = parts.clock.now()
      const { password, organizationId: _, ...told } = request.body
      const passwordHash = password === undefined ? null : await parts.passwords.hash(password)
      const made = await directory.createMember({
        ...told,
        id: newId(at),
        organizationId,
        standing: 'active',
        phone: told.phone as E164 | null,
        limits: { ...told.limits, monthlyMs: told.limits.monthlyMs as DurationMs | null },
        extension: null,
        departmentIds: [],
      })
      if (!made.ok) throw new ProblemAnswer(made.refusal.code)
      if (passwordHash !== null) await identity.setPassword(made.value.id, passwordHash)
      await audited(request, parts, {
        organizationId,
        action: 'member.created',
        subjectId: made.value.id,
        detail: { role: made.value.role },
      })
      return reply.code(201).send(memberToWire(request, made.value, []))
    },
  )
}

export const contactRoutes = routesOf(listContacts, saveContact)

function listContacts(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.get(
    '/api/contacts',
    {
      schema: { tags, summary: "The member's saved contacts", response: answers(200, listOf(contact)) },
      config: { access: isMember },
    },
    async (request) => {
      const { organizationId, memberId } = memberOf(request)
      const contacts = await directory.contacts(organizationId, memberId)
      return { items: contacts.map(({ name, number }) => ({ name, number })) }
    },
  )
}

function saveContact(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.post(
    '/api/contacts',
    {
      schema: {
        tags,
        summary: 'Save a contact; the same number again changes its name',
        body: newContact,
        response: answers(201, contact),
      },
      config: { access: isMember },
    },
    async (request, reply) => {
      const { organizationId, memberId } = memberOf(request)
      const { name, number } = request.body
      await directory.saveContact(organizationId, { memberId, name, number: number as E164 })
      return reply.code(201).send({ name, number })
    },
  )
}

/** As the reader may see him. */
function memberToWire(request: FastifyRequest, one: Member, departments: readonly Department[]): WireMember {
  const reader = hiddenFrom(request)
  return {
    id: one.id,
    organizationId: one.organizationId,
    name: one.name,
    login: one.login,
    role: one.role,
    standing: one.standing,
    phone: phoneAsSeen(request, one),
    isCallable: one.phone !== null,
    extension: one.extension,
    departments: departments.filter(({ id }) => one.departmentIds.includes(id)).map(({ name }) => name),
    tags: [...one.tags],
    limits: reader === null || reader === one.id ? { ...one.limits } : { mayCall: null, monthlyMs: null },
  }
}
