import type { FastifyRequest } from 'fastify'
import type { AuditEntry } from '#audit'
import type { Parts } from './parts.ts'
import { actorOf } from './scope.ts'

/** Writes down who did it, now; within the transaction that did it, where the stores are a transaction's. */
export const audited = (
  request: FastifyRequest,
  { stores, clock }: Pick<Parts, 'clock'> & { readonly stores: Pick<Parts['stores'], 'audit'> },
  deed: Omit<AuditEntry, 'at' | 'actor'>,
): Promise<void> => stores.audit.append({ at: clock.now(), actor: actorOf(request), ...deed })
