import type { Instant, OrganizationId } from '#kernel'

/** Who did what. Written once; hears, never decides. */
export type AuditEntry = {
  readonly at: Instant
  readonly organizationId: OrganizationId | null
  /** `member:<id>`, `operator:<key id>` or `system`. */
  readonly actor: string
  /** The noun and verb, such as `trunk.created`. */
  readonly action: string
  readonly subjectId: string
  /** Facts that explain it; no secrets. Of a change `before` and `after`: what it changed, as it was and as it is. */
  readonly detail: { readonly [name: string]: AuditValue }
}

/** What JSON can say. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [name: string]: AuditValue }

export type AuditStore = { append(entry: AuditEntry): Promise<void> }
