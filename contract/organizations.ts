import { z } from 'zod'
import { id, name } from './basics.ts'

export const newOrganization = z.object({
  name,
  /** IANA time zone. */
  zone: z.string().min(1),
  country: z.string().regex(/^[A-Z]{2}$/),
  jurisdiction: z.enum(['cn', 'none']),
  verification: z.enum(['unverified', 'verified']).default('unverified'),
})
export const organization = newOrganization.extend({
  id,
  verification: z.enum(['unverified', 'verified']),
  standing: z.enum(['active', 'suspended']),
})
export type WireOrganization = z.infer<typeof organization>
