import { z } from 'zod'

export const id = z.uuid()
/** Stands for an id in examples. */
export const EXAMPLE_ID = '01900000-0000-7000-8000-000000000001'
/** 1970 to 9999: what the calendar, the database and JSON's four digits of a year all take. */
const YEAR = /^(19[7-9]|[2-9]\d\d)\d-/
/** UTC, RFC 3339 with milliseconds; years 1970 to 9999. */
export const timestamp = z.iso.datetime({ precision: 3 }).regex(YEAR)
/** Milliseconds, an integer ≥ 0. */
export const durationMs = z.int().nonnegative()
/** ITU-T E.164 with `+`. */
export const e164 = z.string().regex(/^\+[1-9]\d{4,14}$/)
/** A calendar day, `YYYY-MM-DD`; years 1970 to 9999. */
export const day = z.iso.date().regex(YEAR)
export const name = z.string().trim().min(1).max(120)

/** A list in pages, each row on exactly one of them. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).describe('The rows of this page'),
    next: z
      .string()
      .nullable()
      .describe('Gives the following page, sent back as `cursor`; opaque. `null`: there is no more.'),
  })
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item).describe('All of them') })

/** An operator names the organization that he acts on; everybody else has one. */
export const scopeQuery = z.object({
  organizationId: id.optional().describe('An operator names the organization; everybody else has one'),
})
export const pageQuery = scopeQuery.extend({
  cursor: z
    .string()
    .optional()
    .describe('`next` of the page before, of the same list and filters. Left out: the first page.'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Rows a page, 1 to 200.'),
})

/** What is sought in a list. */
export const textSought = z.string().trim().min(1).max(120)
/** Part of a telephone number, as people write it. */
export const numberSought = z
  .string()
  .max(40)
  .regex(/^[+\d\s().-]*\d[+\d\s().-]*$/)
  .describe(
    'Digits that follow one another in the number, such as its last ones; what stands between them is left out.',
  )
export const periodQuery = z.object({
  from: timestamp.optional().describe('Inclusive.'),
  until: timestamp.optional().describe('Exclusive.'),
})
