import { parseId, type Id, type MemberId, type OrganizationId } from '#kernel'
import type { FastifyRequest } from 'fastify'
import type { MemberPrincipal } from '#identity'
import type { Who } from './access.ts'
import { badRequest, found, ProblemAnswer } from './problem.ts'

/** Reads an id of the wire, already of UUID shape; the canonical form is lower case. */
export const idOf = <N extends string>(text: string): Id<N> => found(parseId<N>(text.toLowerCase()))

/** Who asks, where the route lets only people and keys in. */
export function whoOf(request: FastifyRequest): NonNullable<Who> {
  if (request.who === undefined) throw new ProblemAnswer('not-signed-in')
  return request.who
}

/** The member who asks; keys are no members. */
export function memberOf(request: FastifyRequest): MemberPrincipal {
  const who = whoOf(request)
  if (who.kind !== 'member') throw new ProblemAnswer('not-allowed')
  return who
}

/**
 * The organization that a request is about: the member's own, or the one that the operator names. Another one's is
 * answered as if it did not exist.
 */
export function organizationOf(request: FastifyRequest, named: string | undefined): OrganizationId {
  const who = whoOf(request)
  const asked = named === undefined ? undefined : idOf<'organization'>(named)
  if (who.kind === 'member') {
    if (asked !== undefined && asked !== who.organizationId) throw new ProblemAnswer('not-found')
    return who.organizationId
  }
  if (asked === undefined) throw badRequest('organizationId', 'an operator names the organization')
  return asked
}

/** Whose things a reader sees: his own, or (`null`) everybody's when he is in charge. */
export function visibleMember(request: FastifyRequest): MemberId | null {
  const who = whoOf(request)
  return who.kind === 'member' && who.role === 'member' ? who.memberId : null
}

/** Whose things are listed: those of the member asked for, if the reader may see them; `null` = everybody's. */
export function memberAsked(request: FastifyRequest, memberId: string | undefined): MemberId | null {
  const asked = memberId === undefined ? null : idOf<'member'>(memberId)
  const own = visibleMember(request)
  if (own !== null && asked !== null && asked !== own) throw new ProblemAnswer('not-found')
  return own ?? asked
}

/** For the audit log and the ledger. */
export function actorOf(request: FastifyRequest): string {
  const who = whoOf(request)
  return who.kind === 'member' ? `member:${who.memberId}` : `operator:${who.keyId}`
}
