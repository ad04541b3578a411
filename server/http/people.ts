import type { Contact, Member } from '#directory'
import { maskNumber, type E164, type MemberId, type OrganizationId } from '#kernel'
import type { FastifyRequest } from 'fastify'
import type { Parts } from './parts.ts'
import { whoOf } from './scope.ts'

/** Who reads; decides which people and numbers are shown. */
type Reader = { readonly memberId: MemberId | null; readonly isInCharge: boolean; readonly isShielded: boolean }

/** The people of an organization as one reader may know them. */
export type People = {
  readonly visible: readonly Member[]
  nameOf(id: MemberId): string
  /** The phone of a member, unless it is hidden from the reader. */
  phoneOf(member: Member): string | null
  /** Which the reader must not see, and so not find by either. */
  readonly hiddenNumbers: readonly E164[]
  /** Whom a number or code leads to. */
  calleeOf(called: { readonly number: string | null; readonly dialled: string }): Callee
}

export type Callee = {
  readonly number: string | null
  readonly name: string | null
  readonly memberId: MemberId | null
}

export async function peopleFor(
  request: FastifyRequest,
  parts: Parts,
  organizationId: OrganizationId,
): Promise<People> {
  const who = whoOf(request)
  const isMember = who.kind === 'member'
  const [members, contacts] = await Promise.all([
    parts.stores.directory.members(organizationId),
    isMember ? parts.stores.directory.contacts(organizationId, who.memberId) : [],
  ])
  const memberId = isMember ? who.memberId : null
  const isShielded = members.find((member) => member.id === memberId)?.isShielded ?? false
  return peopleOf(members, contacts, { memberId, isShielded, isInCharge: !isMember || who.role === 'administrator' })
}

export function peopleOf(members: readonly Member[], contacts: readonly Contact[], reader: Reader): People {
  const sees = (member: Member) =>
    !member.isShielded || reader.isShielded || reader.isInCharge || member.id === reader.memberId
  const seesPhone = (member: Member) => !member.isNumberHidden || reader.isInCharge || member.id === reader.memberId
  const byId = new Map(members.map((member) => [member.id, member]))
  const byPhone = new Map(
    members.filter((member) => member.phone !== null).map((member) => [member.phone as string, member]),
  )
  const contactNames = new Map(contacts.map((contact) => [contact.number as string, contact.name]))

  return {
    visible: members.filter(sees),
    hiddenNumbers: members.filter((member) => !seesPhone(member)).flatMap(({ phone }) => phone ?? []),
    nameOf: (id) => byId.get(id)?.name ?? '',
    phoneOf: (member) => (seesPhone(member) ? member.phone : null),
    calleeOf({ number, dialled }) {
      const colleague = number === null ? undefined : byPhone.get(number)
      if (colleague === undefined || !sees(colleague)) {
        return { number: number ?? dialled, name: contactNames.get(number ?? dialled) ?? null, memberId: null }
      }
      return { number: seesPhone(colleague) ? number : null, name: colleague.name, memberId: colleague.id }
    },
  }
}

/** What was typed, as the reader may see it: with a hidden number behind it, only its ends. */
export const dialledAsSeen = (dialled: string, callee: Callee): string =>
  callee.number === null ? maskNumber(dialled) : dialled
