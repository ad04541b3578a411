import { contact, listOf, member, newContact, newMember, scopeQuery, type WireMember } from '@tandem/contract'
import type { Department, Member } from '#directory'
import { newId, type DurationMs, type E164 } from '#kernel'
import { isMember, mayCreateMembers, mayReadMembers } from './access.ts'
import { audited } from './audited.ts'
import type { Parts } from './parts.ts'
import { peopleFor, type People } from './people.ts'
import { ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf, organizationOf, whoOf } from './scope.ts'
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
        summary: 'Members that the reader may see',
        querystring: scopeQuery,
        response: answers(200, listOf(member)),
      },
      config: { access: mayReadMembers },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const [people, departments] = await Promise.all([
        peopleFor(request, parts, organizationId),
        directory.departments(organizationId),
      ])
      const who = whoOf(request)
      const seesLimits = (one: Member) =>
        who.kind === 'operator' || who.role === 'administrator' || who.memberId === one.id
      return {
        items: people.visible.map((one) => memberToWire(one, { people, departments, seesLimits: seesLimits(one) })),
      }
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
      const people = await peopleFor(request, parts, organizationId)
      return reply.code(201).send(memberToWire(made.value, { people, departments: [], seesLimits: true }))
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

type Shown = { readonly people: People; readonly departments: readonly Department[]; readonly seesLimits: boolean }

const memberToWire = (one: Member, { people, departments, seesLimits }: Shown): WireMember => ({
  id: one.id,
  organizationId: one.organizationId,
  name: one.name,
  login: one.login,
  role: one.role,
  standing: one.standing,
  phone: people.phoneOf(one),
  isCallable: one.phone !== null,
  extension: one.extension,
  departments: departments.filter(({ id }) => one.departmentIds.includes(id)).map(({ name }) => name),
  tags: [...one.tags],
  limits: seesLimits ? { ...one.limits } : { mayCall: null, monthlyMs: null },
})
