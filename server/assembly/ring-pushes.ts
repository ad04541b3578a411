import type { CallSnapshot, NumberedEvent } from '#calls'
import type {
  DirectoryStore,
  Member,
  PushMessage,
  PushOutcome,
  PushServices,
  PushSubscription,
  ReachStore,
} from '#directory'
import { later, type CallId, type DurationMs, type Instant, type MemberId, type OrganizationId } from '#kernel'
import type { Log } from '../adapters/log/index.ts'

type Parts = {
  readonly services: Pick<PushServices, 'send'>
  readonly reach: Pick<ReachStore, 'subscriptions' | 'unsubscribe'>
  readonly directory: Pick<DirectoryStore, 'membersNamed'>
  readonly clock: { now(): Instant }
  readonly ringTimeoutMs: DurationMs
  /** For the metrics. */
  readonly pushed: (type: PushMessage['type'], outcome: PushOutcome) => void
  readonly log: Pick<Log, 'warn'>
}

/** A browser of the callee, and whether what it was sent last arrived. */
type Woken = { readonly subscription: PushSubscription; readonly outcome: Promise<PushOutcome | null> }
type Ring = {
  readonly from: string
  readonly until: Instant
  readonly woken: readonly Woken[]
}
type NetworkCall = Pick<CallSnapshot, 'callId' | 'memberId' | 'state' | 'answeredAt' | 'endReason'> & {
  readonly organizationId: OrganizationId
  readonly calleeId: MemberId
}

/** That somebody missed a call is news for so long. */
const MISSED_TTL_S = 86_400

/** Wakes the browsers of whoever is called inside the app, and tells them when it rings no more. Calls wait for none of it. */
export class RingPushes {
  readonly #parts: Parts
  readonly #rings = new Map<CallId, Promise<Ring>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  hear(event: NumberedEvent): void {
    if (event.type !== 'call-changed') return
    const { organizationId } = event
    const { kind, calleeId } = event.payload
    if (kind === 'network' && calleeId !== null) this.#changed({ ...event.payload, calleeId, organizationId })
  }

  #changed(call: NetworkCall): void {
    const ring = this.#rings.get(call.callId)
    switch (call.state) {
      case 'calling':
      case 'ringing':
        if (ring === undefined) this.#rings.set(call.callId, this.#ring(call))
        return
      case 'connected':
      case 'ended':
        this.#rings.delete(call.callId)
        if (ring !== undefined) void this.#over(call, ring)
        return
      default:
    }
  }

  /** One that rings already was pushed by the server before: it is only noted. */
  async #ring({ callId, calleeId, memberId, organizationId, state }: NetworkCall): Promise<Ring> {
    const { reach, directory, clock, ringTimeoutMs, log } = this.#parts
    const until = later(clock.now(), ringTimeoutMs)
    try {
      const subscriptions = await reach.subscriptions(calleeId)
      if (subscriptions.length === 0) return { from: '', until, woken: [] }
      const people = await directory.membersNamed(organizationId, { ids: [memberId, calleeId], phones: [] })
      const from = nameSeenBy(people, { callerId: memberId, calleeId })
      const message: PushMessage = { type: 'ring', callId, from, ringsUntil: until }
      const send = (subscription: PushSubscription) => (state === 'calling' ? this.#send(subscription, message) : null)
      const woken = subscriptions.map((subscription) => ({
        subscription,
        outcome: Promise.resolve(send(subscription)),
      }))
      return { from, until, woken }
    } catch (error) {
      log.warn({ err: error, callId }, 'the browsers of who is called were not woken')
      return { from: '', until, woken: [] }
    }
  }

  /** To each once it has answered to the ring, however long another takes. */
  async #over({ callId, state, answeredAt, endReason }: NetworkCall, begun: Promise<Ring>): Promise<void> {
    const { from, until, woken } = await begun
    const message: PushMessage = { type: 'over', callId, from, ringsUntil: until }
    const isMissed = state === 'ended' && answeredAt === null && endReason !== 'rejected'
    await Promise.all(
      woken.map(async ({ subscription, outcome }) => {
        if ((await outcome) !== 'gone') await this.#send(subscription, message, isMissed ? MISSED_TTL_S : undefined)
      }),
    )
  }

  async #send(subscription: PushSubscription, message: PushMessage, ttlS = this.#leftS(message)): Promise<PushOutcome> {
    const { services, reach, pushed, log } = this.#parts
    const outcome = await services.send({ subscription, message, ttlS })
    pushed(message.type, outcome)
    if (outcome === 'gone')
      await reach
        .unsubscribe(subscription.endpoint, null)
        .catch((error: unknown) => log.warn({ err: error }, 'a browser that is gone is forgotten later'))
    return outcome
  }

  #leftS({ ringsUntil }: PushMessage): number {
    return Math.max(0, Math.floor((ringsUntil - this.#parts.clock.now()) / 1000))
  }
}

type Two = { readonly callerId: MemberId; readonly calleeId: MemberId }

/** Empty, where he is shielded from whom he calls. */
function nameSeenBy(people: readonly Member[], { callerId, calleeId }: Two): string {
  const [caller, callee] = [callerId, calleeId].map((id) => people.find((one) => one.id === id))
  const isSeen = caller?.isShielded !== true || callee?.isShielded === true || callee?.role === 'administrator'
  return isSeen ? (caller?.name ?? '') : ''
}
