import type { Contact, Member } from '#directory'
import type { RecordReader as Reader } from '#records'
import type { E164, MemberId, OrganizationId } from '#kernel'
import type { FastifyRequest } from 'fastify'
import type { Parts } from './parts.ts'
import { whoOf } from './scope.ts'

/** The people whom an answer names, as its reader may know them. */
export type People = {
  /** Empty for somebody who was not asked for. */
  nameOf(id: MemberId): string
  /** Whom a number or code leads to. */
  calleeOf(called: Called): Callee
}

/** `number`: what `dialled` leads to; `null` for a service code. */
export type Called = {
  readonly number: string | null
  readonly dialled: string
  /** The colleague who was called as such. */
  readonly calleeId: MemberId | null
  /** `false` also where it is not known. */
  readonly isByNumber: boolean
}

export type Callee = {
  readonly number: string | null
  readonly name: string | null
  readonly memberId: MemberId | null
}

type Named = {
  readonly organizationId: OrganizationId
  readonly memberIds?: readonly MemberId[]
  readonly called?: readonly Called[]
}

/** Loads those who are named and nobody else: an organization may have thousands. */
export async function peopleFor(
  request: FastifyRequest,
  { stores }: Pick<Parts, 'stores'>,
  { organizationId, memberIds = [], called = [] }: Named,
): Promise<People> {
  const reader = readerOf(request)
  const numbers = [...new Set(called.map(({ number, dialled }) => number ?? dialled))].filter((each) => each !== '')
  const ids = new Set([...memberIds, ...called.flatMap(({ calleeId }) => calleeId ?? [])])
  // Whether he may know of shielded colleagues is written on himself.
  if (reader.memberId !== null && !reader.isInCharge && numbers.length > 0) ids.add(reader.memberId)
  const [members, contacts] = await Promise.all([
    ids.size + numbers.length === 0
      ? []
      : stores.directory.membersNamed(organizationId, { ids: [...ids], phones: numbers }),
    reader.memberId === null || numbers.length === 0
      ? []
      : stores.directory.contactsNamed(organizationId, reader.memberId, numbers),
  ])
  return peopleOf(members, contacts, reader)
}

/** Who reads; decides which people and numbers are shown. */
export function readerOf(request: FastifyRequest): Reader {
  const who = whoOf(request)
  return who.kind === 'member'
    ? { memberId: who.memberId, isInCharge: who.role === 'administrator' }
    : { memberId: null, isInCharge: true }
}

function peopleOf(members: readonly Member[], contacts: readonly Contact[], reader: Reader): People {
  const byId = new Map(members.map((member) => [member.id, member]))
  const isReaderShielded = reader.memberId !== null && byId.get(reader.memberId)?.isShielded === true
  const sees = (member: Member) =>
    !member.isShielded || isReaderShielded || reader.isInCharge || member.id === reader.memberId
  const byPhone = new Map(members.toReversed().map((member) => [member.phone as string | null, member]))
  const contactNames = new Map(contacts.map((contact) => [contact.number, contact.name]))
  return {
    nameOf: (id) => byId.get(id)?.name ?? '',
    calleeOf({ number, dialled, calleeId, isByNumber }) {
      const colleague = calleeId === null ? (number === null ? undefined : byPhone.get(number)) : byId.get(calleeId)
      const isHidden = colleague !== undefined && !seesPhone(reader, colleague)
      // Who dialled a number learns nothing from it that he was not told: not that a colleague's hidden phone has it.
      const isTold = colleague !== undefined && sees(colleague) && !(isByNumber && isHidden)
      if (isTold) return { number: isHidden ? null : number, name: colleague.name, memberId: colleague.id }
      if (calleeId !== null) return { number: null, name: null, memberId: null }
      return { number: number ?? dialled, name: contactNames.get(number ?? dialled) ?? null, memberId: null }
    },
  }
}

const seesPhone = (reader: Reader, member: Member): boolean =>
  !member.isNumberHidden || reader.isInCharge || member.id === reader.memberId

/** The member of this id, unless he is shielded from who asks. */
export async function visibleMemberOf(
  request: FastifyRequest,
  { stores }: Pick<Parts, 'stores'>,
  { organizationId, id }: { readonly organizationId: OrganizationId; readonly id: MemberId },
): Promise<Member | undefined> {
  const reader = hiddenFrom(request)
  const ids = reader === null ? [id] : [id, reader]
  const named = await stores.directory.membersNamed(organizationId, { ids, phones: [] })
  const one = named.find((each) => each.id === id)
  const isSeen = reader === null || reader === id || named.some((each) => each.id === reader && each.isShielded)
  return one?.isShielded && !isSeen ? undefined : one
}

/** The phone of a member, unless it is hidden from who asks. */
export const phoneAsSeen = (request: FastifyRequest, member: Member): E164 | null =>
  seesPhone(readerOf(request), member) ? member.phone : null

/** From whom hidden numbers are hidden, but for his own; `null` = from him they are not. */
export function hiddenFrom(request: FastifyRequest): MemberId | null {
  const { isInCharge, memberId } = readerOf(request)
  return isInCharge ? null : memberId
}

/** What was typed, as the reader may see it: of a hidden number nothing, for each digit narrows a search. */
export const dialledAsSeen = (dialled: string, callee: Callee): string => (callee.number === null ? HIDDEN : dialled)

const HIDDEN = '…'
