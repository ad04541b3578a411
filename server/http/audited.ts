import type { FastifyRequest } from 'fastify'
import type { AuditEntry, AuditValue } from '#audit'
import type { Parts } from './parts.ts'
import { actorOf } from './scope.ts'

/** Writes down who did it, now; within the transaction that did it, where the stores are a transaction's. */
export const audited = (
  request: FastifyRequest,
  { stores, clock }: Pick<Parts, 'clock'> & { readonly stores: Pick<Parts['stores'], 'audit'> },
  deed: Omit<AuditEntry, 'at' | 'actor'>,
): Promise<void> => stores.audit.append({ at: clock.now(), actor: actorOf(request), ...deed })

type Facts = { readonly [name: string]: AuditValue }

/** Of a change the fields that differ, as they were and as they are; `undefined` when none does. */
export function changesOf(before: object, after: object): { before: Facts; after: Facts } | undefined {
  const [old, fresh] = [before as Facts, after as Facts]
  const names = Object.keys(fresh).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]))
  if (names.length === 0) return undefined
  const pick = (facts: Facts): Facts => Object.fromEntries(names.map((name) => [name, facts[name] ?? null]))
  return { before: pick(old), after: pick(fresh) }
}
