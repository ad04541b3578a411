import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ProblemAnswer } from './problem.ts'

/** Names how a thing is now (RFC 9110, 8.8.3): what is the same has the same tag, just made or read. */
const etagOf = (thing: object): string =>
  `"${createHash('sha256').update(JSON.stringify(thing, sorted)).digest('base64url').slice(0, 22)}"`

/** In whatever order its fields came to be. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value

export const tellEtag = (reply: FastifyReply, thing: object): FastifyReply => reply.header('etag', etagOf(thing))

/**
 * With `If-Match` (RFC 9110, 13.1.1) a change is done only to what its sender saw. Without it, changes of different
 * fields are both done, and of one field the later counts.
 */
export function refuseOutdated(request: FastifyRequest, thing: object): void {
  const seen = request.headers['if-match']
  if (seen === undefined || seen.trim() === '*') return
  if (!seen.split(',').some((tag) => tag.trim() === etagOf(thing))) throw new ProblemAnswer('changed-meanwhile')
}
