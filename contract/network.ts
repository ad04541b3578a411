import { z } from 'zod'
import { day, e164, id, name, timestamp } from './basics.ts'

/** A name or IPv4 address (RFC 1123), without port or mask: whoever comes from it is taken for the carrier. */
const host = z.hostname().max(253)
/** RFC 3261, `user` without what would have to be escaped. */
const sipUser = z
  .string()
  .max(64)
  .regex(/^[\w.!~*'()&=+$,?/-]+$/)
/** Stands between quotes in SIP's headers (RFC 3261, 25.1). */
const digestUser = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}"\\]+$/u)
const digestPassword = z
  .string()
  .max(128)
  .regex(/^\P{Cc}+$/u)

export const newCarrier = z.object({ name })
export const carrier = newCarrier.extend({ id })

const auth = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('digest'), username: digestUser, password: digestPassword }),
  z.object({ kind: z.literal('ip') }),
])
export const newTrunk = z.object({
  carrierId: id,
  name,
  host,
  port: z.int().min(1).max(65_535).default(5060),
  transport: z.enum(['udp', 'tcp']).default('udp'),
  auth,
  registers: z.boolean().default(false),
  numberFormat: z.enum(['e164', 'e164-without-plus', 'national']).default('e164'),
  fromUser: sipUser.nullable().default(null),
  zones: z.array(z.enum(['domestic', 'international'])).default([]),
  priority: z.int().min(0).max(1000).default(100),
  failsOverOnTimeout: z.boolean().default(true),
})
export const trunk = newTrunk.omit({ auth: true }).extend({
  id,
  auth: z.object({ kind: z.enum(['digest', 'ip']), username: z.string().optional() }),
  standing: z.enum(['active', 'suspended']),
  /** As last heard from the engine. */
  reachability: z.enum(['up', 'down', 'unknown']),
})
export type WireTrunk = z.infer<typeof trunk>

export const newNumber = z.object({
  organizationId: id,
  number: e164,
  /** What proves the right of use: a contract's or certificate's reference. */
  proof: z.string().trim().min(1).max(200),
  validFrom: timestamp,
  validUntil: timestamp.nullable().default(null),
  isDefault: z.boolean().default(true),
})
export const number = newNumber

export const newLicence = z.object({
  kind: z.enum(['voice', 'ip-telephony', 'multi-party', 'information', 'international-voice']),
  number: z.string().trim().min(1).max(120),
  holder: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('operator') }),
    z.object({ kind: z.literal('carrier'), carrierId: id }),
  ]),
  jurisdiction: z.literal('cn').default('cn'),
  /** Both days inclusive. */
  validFrom: day,
  validUntil: day,
  agreement: z.string().trim().min(1).max(200).nullable().default(null),
})
export const licence = newLicence.extend({
  id,
  /** `null`: not for the reader. */
  number: newLicence.shape.number.nullable(),
})

/** What an administrator may know of the operator's network. */
export const networkState = z.object({
  /** The engine runs, and a trunk that is in use is not known to be down. */
  isReachable: z.boolean(),
})
