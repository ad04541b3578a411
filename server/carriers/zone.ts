import type { CountryCode, E164 } from '#kernel'

/** Destinations that plans allow and trunks take, seen from the organization's country. */
export type Zone = 'domestic' | 'international'

/**
 * Where what was dialled leads, by the number-plan table of the organization's country: see `destinationOf`. Plain
 * data: it is stored with each decision.
 */
export type Destination =
  | { readonly kind: 'number'; readonly zone: Zone; readonly number: E164; readonly country: CountryCode | null }
  | { readonly kind: 'premium'; readonly number: E164 }
  | { readonly kind: 'satellite'; readonly number: E164 }
  /** A short or non-geographic code of the home country (10086, 95588, 400…): carried in its one form, never as E.164. */
  | { readonly kind: 'service'; readonly code: string }
  /** Two numbers or more in one text: nobody is called by chance. */
  | { readonly kind: 'several' }
  /** What is to be pressed after the answer has other signs than pauses, digits, `*` and `#`, or is too long. */
  | { readonly kind: 'keys-invalid' }
  /** No number plan has it. */
  | { readonly kind: 'invalid' }
