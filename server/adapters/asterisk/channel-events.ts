import { BoundedSet, instant, type Instant, type TrunkId } from '#kernel'
import type { EndedBy, EngineEvent } from '#calls'
import type { AriEvent, Channel, ChannelDestroyed, ChannelHangupRequest, Dial, StasisStart } from './ari-types.ts'

/** Whose request to hang up came first; a channel's end is explained by it. */
type HangupAsked = 'party' | 'command'

/** Q.850 has no cause for it; Asterisk gives 44 when `rtp_timeout` passed without a packet. So may a party's BYE. */
const NO_MEDIA_CAUSE = 44

/** What Asterisk tells of and nobody listens to; each would be written, sent and parsed for nothing. */
export const UNHEARD = [
  'BridgeCreated',
  'BridgeDestroyed',
  'ChannelCallerId',
  'ChannelConnectedLine',
  'ChannelCreated',
  'ChannelDialplan',
  'ChannelDtmfReceived',
  'ChannelEnteredBridge',
  'ChannelHold',
  'ChannelLeftBridge',
  'ChannelUnhold',
  'ChannelVarset',
  'DeviceStateChanged',
  'EndpointStateChange',
  'PeerStatusChange',
  'PlaybackStarted',
  'StasisEnd',
]

/** Asterisk's clock, to the millisecond. */
export const instantOf = (timestamp: string): Instant =>
  instant(Date.parse(timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))

/** `PJSIP/<endpoint>-<serial>`: the endpoint's id is ours, a trunk's id or a browser's SIP user. */
export const endpointOf = (channel: Channel): string => channel.name.replace(/^PJSIP\//, '').replace(/-[0-9a-f]+$/, '')

/** Channels that are no party: whispering, recording. */
export const isHelper = (channel: Channel): boolean => !channel.name.startsWith('PJSIP/')

/** Who is told of an end asks within the same moment to end the rest. */
const ENDINGS_KEPT = 10_000

/**
 * Turns what Asterisk says of channels into what happened to legs. Remembers of each that lives how it was asked to end,
 * and whether it was answered.
 */
export class ChannelEvents {
  readonly #seen = new Map<string, HangupAsked>()
  readonly #up = new Set<string>()
  /** Hung up, by whomever: its end is on its way, or was told. */
  readonly #ending = new BoundedSet<string>(ENDINGS_KEPT)

  translate(event: AriEvent): EngineEvent | null {
    switch (event.type) {
      case 'StasisStart':
        return arrival(event)
      case 'Dial':
        return progress(event)
      case 'ChannelStateChange':
        if (event.channel.state !== 'Up' || isHelper(event.channel)) return null
        this.#up.add(event.channel.id)
        return { kind: 'leg-answered', channelId: event.channel.id, at: instantOf(event.timestamp) }
      case 'ChannelHangupRequest':
        this.#hangupAsked(event)
        return null
      case 'ChannelDestroyed':
        return isHelper(event.channel) ? null : this.#ended(event)
      default:
        return null
    }
  }

  isEnding(channelId: string): boolean {
    return this.#ending.has(channelId)
  }

  /** Answered, as far as was heard. */
  isUp(channelId: string): boolean {
    return this.#up.has(channelId)
  }

  /** After a lost connection: what was asked meanwhile is unknown. */
  forget(): void {
    this.#seen.clear()
    this.#up.clear()
  }

  /** The first request counts: a party's BYE makes the engine hang up the rest. */
  #hangupAsked(event: ChannelHangupRequest): void {
    this.#ending.add(event.channel.id)
    if (this.#seen.has(event.channel.id)) return
    this.#seen.set(event.channel.id, event.soft === true ? 'command' : 'party')
  }

  #ended(event: ChannelDestroyed): EngineEvent {
    const hangup = this.#seen.get(event.channel.id)
    this.#seen.delete(event.channel.id)
    this.#up.delete(event.channel.id)
    this.#ending.add(event.channel.id)
    return {
      kind: 'leg-ended',
      channelId: event.channel.id,
      at: instantOf(event.timestamp),
      by: endedBy(event.cause, hangup),
      q850Cause: event.cause,
      sipStatus: event.tech_cause ?? null,
    }
  }
}

/** A channel that `TIMEOUT(absolute)` ends is the only one that nobody asked to end. */
function endedBy(cause: number, hangup: HangupAsked | undefined): EndedBy {
  if (hangup === 'party') return 'party'
  if (cause === NO_MEDIA_CAUSE) return 'no-media'
  return hangup === 'command' ? 'command' : 'lease'
}

function arrival(event: StasisStart): EngineEvent | null {
  const [from, dialled] = event.args
  const channelId = event.channel.id
  if (from === 'user')
    return { kind: 'app-leg-arrived', channelId, sipUser: endpointOf(event.channel), dialled: dialled ?? '' }
  if (from === 'trunk')
    return {
      kind: 'trunk-call-arrived',
      channelId,
      trunkId: endpointOf(event.channel) as TrunkId,
      dialled: dialled ?? '',
    }
  return null
}

/** The answer is told by the channel's state, which comes first. */
function progress(event: Dial): EngineEvent | null {
  if (event.dialstatus === 'RINGING') return { kind: 'leg-ringing', channelId: event.peer.id }
  if (event.dialstatus === 'PROGRESS') return { kind: 'leg-early-media', channelId: event.peer.id }
  return null
}
