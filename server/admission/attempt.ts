import type { Dialled, Zone } from '#carriers'
import type { Use } from '#entitlements'
import type {
  CallId,
  CountryCode,
  DurationMs,
  E164,
  Instant,
  MemberId,
  OrganizationId,
  PlanVersionId,
  TrunkId,
  LicenceId,
} from '#kernel'
import type { TrySpan } from './world.ts'

/** What somebody wants to do. Kinds of calls are told apart by `kind`, then by `mode`. */
export type Attempt = BusinessAttempt | NetworkAttempt

type Wish = {
  readonly callId: CallId
  readonly at: Instant
  readonly organizationId: OrganizationId
  readonly callerId: MemberId
}

/** From the app to somebody's telephone. */
export type BusinessAttempt = Wish & {
  readonly kind: 'business'
  readonly mode: 'direct'
  /** As typed or tapped: digits, `+`, spaces, and what is pressed after the answer. */
  readonly dialled: string
  /** The colleague who was tapped, or whose extension was dialled; absent when it was a number. */
  readonly calleeId?: MemberId
}

/** Inside the app, over the Internet alone: from one member's screen to another's. */
export type NetworkAttempt = Wish & {
  readonly kind: 'network'
  readonly mode: 'direct'
  /** No number leads there. */
  readonly dialled: ''
  readonly calleeId: MemberId
}

/** Whose telephone it would dial, by which the plan says what pools pay for it; `null`: nobody's, and nothing is paid. */
export function useOf({ kind }: Attempt): Use | null {
  switch (kind) {
    case 'business':
      return 'participant'
    case 'network':
      return null
  }
}

/** Yes, with the terms that are pinned for the whole call. */
export type Terms = BusinessTerms | NetworkTerms

type Pinned = {
  /** People in the room when this was admitted, whoever is called among them. */
  readonly parties: number
  readonly planVersionId: PlanVersionId
}

export type NetworkTerms = Pinned & {
  readonly kind: 'network'
  readonly calleeId: MemberId
  readonly path: 'internet'
  readonly longestCallMs: DurationMs
  readonly licenceIds: readonly LicenceId[]
}

export type BusinessTerms = Pinned & {
  readonly kind: 'business'
  readonly dialled: Dialled
  /** Pressed once the other side has answered: pauses (`,` = 2 s) and keys. Calls that were admitted before lack it. */
  readonly keysAfterAnswer?: string | null
  /** Who was called as a colleague and not by number; lacking in older calls. */
  readonly calleeId?: MemberId | null
  /** The organization's, which a trunk's national dial strings are national to. */
  readonly homeCountry: CountryCode
  readonly callerNumber: E164
  readonly path: 'ip-telephony'
  /** Lawful routes, first to last; never empty. */
  readonly routes: readonly { readonly trunkId: TrunkId; readonly licenceIds: readonly LicenceId[] }[]
}

/** What stored terms of before do not say. */
export const TERMS_BEFORE: Pick<BusinessTerms, 'kind' | 'parties'> = { kind: 'business', parties: 2 }

export type Refusal =
  | { readonly code: 'emergency-number'; readonly digits: string }
  | { readonly code: 'organization-suspended' }
  | { readonly code: 'member-suspended' }
  | { readonly code: 'too-many-attempts'; readonly limit: number; readonly span: TrySpan; readonly againAt: Instant }
  | { readonly code: 'number-invalid' | 'several-numbers' | 'keys-invalid'; readonly dialled: string }
  | { readonly code: 'callee-shielded' }
  | { readonly code: 'caller-barred' }
  | { readonly code: 'callee-not-colleague' }
  | { readonly code: 'callee-not-contact' }
  | { readonly code: 'callee-undisturbed'; readonly name: string }
  | { readonly code: 'callee-off-hours'; readonly name: string }
  | { readonly code: 'monthly-limit-reached'; readonly limitMinutes: number }
  | { readonly code: 'zone-denied'; readonly zone: Zone | 'premium' | 'satellite' | 'service' }
  | {
      readonly code: 'licence-missing'
      readonly rule: string
      readonly licence: string
      readonly holder: 'provider' | 'carrier'
    }
  | { readonly code: 'no-caller-number' }
  | { readonly code: 'no-plan' }
  | { readonly code: 'service-not-in-plan' }
  | { readonly code: 'too-many-calls'; readonly scope: 'member' | 'organization'; readonly limit: number }
  | { readonly code: 'no-minutes'; readonly renewsAt: Instant }
  | { readonly code: 'no-route' }

/** The lawful next best thing, in the same tap. */
export type Alternative =
  /** It would be admitted; whether the colleague can be reached is another question. */
  | { readonly kind: 'call-in-app'; readonly memberId: MemberId }
  | { readonly kind: 'native-dialler'; readonly digits: string }
  | { readonly kind: 'ask-administrator' }
  | { readonly kind: 'wait-until'; readonly at: Instant }

export type Admission =
  | { readonly admitted: true; readonly terms: Terms }
  | { readonly admitted: false; readonly refusal: Refusal; readonly alternatives: readonly Alternative[] }
