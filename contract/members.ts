import { z } from 'zod'
import { durationMs, e164, id, name, pageQuery } from './basics.ts'

export const callLimits = z.object({
  mayCall: z.enum(['nobody', 'colleagues', 'contacts', 'anybody']).nullable(),
  monthlyMs: durationMs.nullable(),
})
export const workingHours = z.object({
  /** ISO weekdays, 1 = Monday. */
  weekdays: z.array(z.int().min(1).max(7)),
  /** Minutes since midnight in the organization's zone; from inclusive, until exclusive. */
  fromMinute: z.int().min(0).max(1440),
  untilMinute: z.int().min(0).max(1440),
})

export const newMember = z.object({
  /** An operator names the organization; for an administrator it is his own. */
  organizationId: id.optional(),
  name,
  login: z.string().trim().toLowerCase().min(3).max(120),
  password: z.string().min(12).max(200).optional(),
  role: z.enum(['member', 'administrator']).default('member'),
  phone: e164.nullable().default(null),
  tags: z.array(z.string().min(1).max(40)).max(20).default([]),
  isShielded: z.boolean().default(false),
  isNumberHidden: z.boolean().default(false),
  limits: callLimits.default({ mayCall: null, monthlyMs: null }),
  workingHours: workingHours.nullable().default(null),
})

export const member = z.object({
  id,
  organizationId: id,
  name,
  login: z.string(),
  role: z.enum(['member', 'administrator']),
  standing: z.enum(['active', 'suspended']),
  /** `null` also when the number is hidden from the reader. */
  phone: e164.nullable(),
  /** There is a phone to call, though its number may be hidden. */
  isCallable: z.boolean(),
  extension: z.string().nullable(),
  departments: z.array(z.string()),
  tags: z.array(z.string()),
  limits: callLimits,
})
export type WireMember = z.infer<typeof member>

export const memberFilter = pageQuery.extend({
  text: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .optional()
    .describe(
      "Part of a name, login, extension, tag, department's name, or of a phone that the reader may see; in any case.",
    ),
  departmentId: id.optional().describe('Members of this very department, not of those below it.'),
  role: z.enum(['member', 'administrator']).optional(),
  standing: z.enum(['active', 'suspended']).optional(),
})

export const newContact = z.object({ name, number: e164 })
export const contact = z.object({ name, number: e164 })
export type WireContact = z.infer<typeof contact>
