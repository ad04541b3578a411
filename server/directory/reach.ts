import type { CallId, Instant, MemberId, OrganizationId } from '#kernel'

/** A member's wish that no screen of his rings. `until`: exclusive; `null`: until he switches it off. */
export type DoNotDisturb = { readonly until: Instant | null }

/** What counts at this instant of what he wished. */
export const doNotDisturbAt = (wish: DoNotDisturb | null, at: Instant): DoNotDisturb | null =>
  wish === null || wish.until === null || wish.until > at ? wish : null

/**
 * Calls inside the app to a member that ended before an answer, other than by his own decline, and that he has not seen.
 * `count`: at most 100. `seenUntil`: those placed until then, inclusive, were seen.
 */
export type MissedCalls = { readonly count: number; readonly seenUntil: Instant | null }

/** A browser that a push service can wake (RFC 8030). `p256dh`, `auth`: what is pushed is encrypted for them (RFC 8291), base64url. */
export type PushSubscription = {
  readonly endpoint: string
  readonly p256dh: string
  /** A secret of the browser’s. */
  readonly auth: string
}

/** What a browser that was woken is told; what is so now, it asks the server. `from`: empty, where the callee does not know him. */
export type PushMessage = {
  readonly type: 'ring' | 'over'
  readonly callId: CallId
  readonly from: string
  /** Exclusive. */
  readonly ringsUntil: Instant
}

/** A message on its way. `ttlS`: the push service gives it up after so long; 0: at once, where the browser is not there. */
export type Push = { readonly subscription: PushSubscription; readonly message: PushMessage; readonly ttlS: number }

/** `gone`: there is no such browser any more; `untrusted`: nothing was asked of that service. */
export type PushOutcome = 'taken' | 'gone' | 'refused' | 'unreachable' | 'untrusted'

/** The port to the push services of the browsers’ makers. */
export type PushServices = {
  /** By which they know this installation (RFC 8292): P-256, base64url. */
  readonly publicKey: string
  isTrusted(endpoint: string): boolean
  /** Rejects never; answers within 10 s. */
  send(push: Push): Promise<PushOutcome>
}

/**
 * Whether we may send to where a browser says that it is reached: whoever has a browser could have us knock anywhere. A
 * service is a host’s name, `*.` and the end of one, or the origin of a receiver on this machine (`http://127.0.0.1:9000`).
 */
export function isTrustedEndpoint(endpoint: string, services: readonly string[]): boolean {
  if (!/^[\x21-\x7e]+$/.test(endpoint) || !URL.canParse(endpoint)) return false
  const { protocol, hostname, port, username, password, origin } = new URL(endpoint)
  if (username !== '' || password !== '') return false
  if (protocol !== 'https:') return protocol === 'http:' && services.includes(origin)
  return port === '' && services.some((service) => isNamed(hostname, service))
}

const isNamed = (host: string, service: string): boolean =>
  service.startsWith('*.') ? host.endsWith(service.slice(1)) : host === service

type Whose = { readonly organizationId: OrganizationId; readonly memberId: MemberId }

/** A member’s browsers at most; the one that was heard of longest ago goes. */
export const MOST_SUBSCRIPTIONS = 10
export const MOST_MISSED = 100

/** Where it is kept how a member is reached. */
export type ReachStore = {
  /** As he wished, whenever it ends or ended. */
  doNotDisturb(memberId: MemberId): Promise<DoNotDisturb | null>
  changeDoNotDisturb(whose: Whose, wish: DoNotDisturb | null): Promise<void>
  missed(memberId: MemberId): Promise<MissedCalls>
  /** Never goes back. */
  seen(whose: Whose, until: Instant): Promise<void>
  /** Until the session ends, or the browser is told of by another one. Nothing is kept of a session that is over. */
  subscribe(
    subscription: PushSubscription,
    session: { readonly sessionHash: string; readonly at: Instant },
  ): Promise<void>
  /** Those of a member, latest first. */
  subscriptions(memberId: MemberId): Promise<readonly PushSubscription[]>
  /** Of this member alone, or (`null`) whosesoever it is. */
  unsubscribe(endpoint: string, memberId: MemberId | null): Promise<void>
}
