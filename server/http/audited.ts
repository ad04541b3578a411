import type { FastifyRequest } from 'fastify'
import type { AuditEntry } from '#audit'
import type { Parts } from './parts.ts'
import { actorOf } from './scope.ts'

/** Writes down who did it, now. */
export const audited = (
  request: FastifyRequest,
  { stores, clock }: Parts,
  deed: Omit<AuditEntry, 'at' | 'actor'>,
): Promise<void> => stores.audit.append({ at: clock.now(), actor: actorOf(request), ...deed })
