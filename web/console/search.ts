import { endReason, ERRORS, type ErrorCode } from '@tandem/contract'
import { z } from 'zod'

/*
 * What the address of each page holds: its filters, and what is open on it. So a filter is shared by its address, lives
 * through a reload, and the back button takes it back. A word that no choice has is left out; an id or a day is kept as
 * it is, since only the server knows whether it names something.
 */
const text = z.string().max(120).optional().catch(undefined)
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values).optional().catch(undefined)
const day = z.iso.date().optional().catch(undefined)

export const membersSearch = z.object({
  text,
  role: oneOf(['member', 'administrator']),
  standing: oneOf(['active', 'suspended']),
  department: text,
  /** Id of the one that is open, or `new`. */
  member: text,
  isEditing: oneOf(['true']),
})

export const departmentsSearch = z.object({
  /** Id of the one that is open, or `new`. */
  department: text,
})

export const poolsSearch = z.object({
  text,
  /** `YYYY-MM` or `all`; left out: the current one. */
  month: z
    .string()
    .regex(/^(\d{4}-\d{2}|all)$/)
    .optional()
    .catch(undefined),
  bucket: oneOf(['organization', 'member']),
  /** Id of the one that is open. */
  pool: text,
})

export const recordsSearch = z.object({
  text,
  reason: oneOf(endReason.options as [string, ...string[]]),
  from: day,
  until: day,
  member: text,
  /** Id of the call whose record is open. */
  call: text,
})

export const refusalsSearch = z.object({
  text,
  show: oneOf(['all']),
  code: oneOf(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  from: day,
  until: day,
  member: text,
})

/** Whether a list is narrowed by something, apart from what is open beside it. */
export const isFiltered = (filter: Readonly<Record<string, string | undefined>>): boolean =>
  Object.values(filter).some((value) => value !== undefined && value !== '')
