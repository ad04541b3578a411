import type { DepartmentId, E164, MemberId, OrganizationId } from '#kernel'
import type { CallLimits } from './limits.ts'
import type { WorkingHours } from './working-hours.ts'

/** The languages that Tandem speaks. */
export type Language = 'zh-Hans' | 'zh-Hant' | 'en'

/** A person in an organization. */
export type Member = {
  readonly id: MemberId
  readonly organizationId: OrganizationId
  readonly name: string
  /** Unique within the installation, lower case: what the person types to sign in. */
  readonly login: string
  readonly role: 'member' | 'administrator'
  readonly standing: 'active' | 'suspended'
  /** The person's own phone; lets colleagues be called by number. */
  readonly phone: E164 | null
  readonly extension: string | null
  readonly departmentIds: readonly DepartmentId[]
  readonly tags: readonly string[]
  /** Executive shield: ordinary members neither see nor can call this person. */
  readonly isShielded: boolean
  /** The number is not shown to colleagues; the person stays callable. */
  readonly isNumberHidden: boolean
  readonly limits: CallLimits
  readonly workingHours: WorkingHours | null
  /** Of screens and messages, BCP 47; `null` = the browser's. */
  readonly language: Language | null
}

/** One node of the tree; `depth` is 0 at the root. */
export type Department = {
  readonly id: DepartmentId
  readonly organizationId: OrganizationId
  readonly parentId: DepartmentId | null
  readonly name: string
  readonly depth: number
  readonly limits: CallLimits
}

/**
 * Whom a member saved; "contacts only" limits look here. `number`: E.164, a service code or an extension, with the keys for
 * after the answer: what the dialler makes of what was typed.
 */
export type Contact = { readonly memberId: MemberId; readonly name: string; readonly number: string }
