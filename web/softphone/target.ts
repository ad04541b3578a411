import type { Callee, CallKind } from '#session'

/** Whom somebody wants to call and how, and what he saw as their name. */
export type Target = { readonly kind: CallKind; readonly to: Callee; readonly label: string }
