import { contact, contactFilter, listOf, member, memberFilter, newContact, pageOf, scopeQuery } from '@tandem/contract'
import { contactsWithText } from '#directory'
import { isMember, mayReadMembers } from './access.ts'
import { MEMBERS, pageAsked, pageToWire } from './cursor.ts'
import { savedNumberOf } from './dialled.ts'
import { tellEtag } from './etag.ts'
import { memberAnswer, memberToWire } from './member-wire.ts'
import type { Parts } from './parts.ts'
import { hiddenFrom, readerOf, visibleMemberOf } from './people.ts'
import { found } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, memberOf, organizationOf } from './scope.ts'
import { answers, idParam } from './wire.ts'

const tags = ['members']

export const memberRoutes = routesOf(listMembers, readMember)

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

function readMember(app: App, parts: Parts): void {
  app.get(
    '/api/members/:id',
    {
      schema: {
        tags,
        summary: 'A member; to who may change him, `ETag` names how he is now, for `If-Match`',
        params: idParam,
        querystring: scopeQuery,
        response: answers(200, member),
      },
      config: { access: mayReadMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const id = idOf<'member'>(request.params.id)
      const one = found(await visibleMemberOf(request, parts, { organizationId, id }))
      // Made of all of him, a hidden number too: whoever has the rest could try numbers until one gives this tag.
      if (readerOf(request).isInCharge) tellEtag(reply, one)
      return memberAnswer(request, parts, one)
    },
  )
}

export const contactRoutes = routesOf(listContacts, saveContact)

function listContacts(app: App, parts: Parts): void {
  const { directory } = parts.stores
  app.get(
    '/api/contacts',
    {
      schema: {
        tags,
        summary: "The member's saved contacts",
        querystring: contactFilter,
        response: answers(200, listOf(contact)),
      },
      config: { access: isMember },
    },
    async (request) => {
      const { organizationId, memberId } = memberOf(request)
      const contacts = await directory.contacts(organizationId, memberId)
      const { text } = request.query
      const found = text === undefined ? contacts : contactsWithText(contacts, text)
      return { items: found.map(({ name, number }) => ({ name, number })) }
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
        summary: 'Save a contact: whatever can be dialled; the same number again changes its name',
        body: newContact,
        response: answers(201, contact),
      },
      config: { access: isMember },
    },
    async (request, reply) => {
      const { organizationId, memberId } = memberOf(request)
      const { name } = request.body
      const number = await savedNumberOf(request, parts, request.body.number)
      await directory.saveContact(organizationId, { memberId, name, number })
      return reply.code(201).send({ name, number })
    },
  )
}
