import { z } from 'zod'

export const id = z.uuid()
/** UTC, RFC 3339 with milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 })
/** Milliseconds, an integer ≥ 0. */
export const durationMs = z.int().nonnegative()
/** ITU-T E.164 with `+`. */
export const e164 = z.string().regex(/^\+[1-9]\d{4,14}$/)
/** A calendar day, `YYYY-MM-DD`. */
export const day = z.iso.date()
export const name = z.string().trim().min(1).max(120)

/** A list in pages: give `next` back as `before` for the following page; `null` = no more. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() })
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** An operator names the organization that he acts on; everybody else has one. */
export const scopeQuery = z.object({ organizationId: id.optional() })
export const pageQuery = scopeQuery.extend({
  /** `next` of the page before. */
  before: timestamp.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
