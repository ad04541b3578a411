import { parseId, type CallId, type LegId } from '#kernel'
import type { Engine, EngineEvent, LiveChannel, OutgoingLeg, Seat } from '#calls'
import { Ari, AriRefused } from './ari.ts'
import type { AriAddress } from './ari-socket.ts'
import type { AriEvent, AsteriskInfo, Channel } from './ari-types.ts'
import { AnswerCheck } from './answer-check.ts'
import { ChannelEvents, endpointOf, isHelper, UNHEARD } from './channel-events.ts'
import { Registrations } from './registrations.ts'
import { TrunkStates } from './trunk-states.ts'

/** Dialplan `[hh]`: a caller takes its callee with it; a callee its caller only if it was answered. */
const CUT_CALLEE = 'hh,cut,1'
const CUT_CALLER = 'hh,cut-if-up,1'

/** Q.850: normal, unspecified. */
const NOT_DIALLED_CAUSE = 31

/** Asterisk waits a second at `W` (main/app.c, `dtmf_stream`). */
const withPauses = (digits: string): string => digits.replaceAll(',', 'WW')

const ARRIVES_WITHIN_MS = 3_000
const REGISTRATIONS_EVERY_MS = 2_000
/** Our ears stay in the path: keys are heard, and joining more than two needs no re-INVITE. */
const ROOM_TYPE = 'mixing,dtmf_events,proxy_media'

/** Asterisk as the calls see it. One per Asterisk; `start` connects, now and again after each loss. */
export class AsteriskEngine implements Engine {
  readonly ari: Ari
  readonly #events = new ChannelEvents()
  readonly #trunks = new TrunkStates((event) => this.#hand(event))
  readonly #registrations: Registrations
  #registrationsAsked: NodeJS.Timeout | null = null
  readonly #answers: AnswerCheck
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  /** A created channel can be used from its StasisStart on. */
  readonly #arrivals = new Map<string, () => void>()
  #isUp = false
  /** What came before the name of this life was known. */
  #early: EngineEvent[] | null = null
  /** SoftHangup knows channels by name only. */
  readonly #names = new Map<string, string>()

  constructor(address: AriAddress) {
    this.ari = new Ari(address)
    this.#registrations = new Registrations(address)
    this.#answers = new AnswerCheck(this.ari, (event) => this.#hand(event))
    this.ari.onEvent((event) => this.#heard(event))
    this.ari.onConnection((isUp) => void (isUp ? this.#connected() : this.#emit({ kind: 'engine-down' })))
  }

  start(): void {
    this.ari.start()
  }

  stop(): void {
    if (this.#registrationsAsked !== null) clearTimeout(this.#registrationsAsked)
    this.ari.stop()
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async seat(callId: CallId, { channelId, ...seat }: Seat): Promise<void> {
    // One socket keeps their order, so nothing is gained by waiting for each.
    await Promise.all([
      this.#setVariables(channelId, seated(callId, seat)),
      this.#openRoom(callId),
      this.#join(callId, channelId),
    ])
  }

  async #join(callId: CallId, ...channelIds: readonly string[]): Promise<void> {
    const query = { channel: channelIds.join(',') }
    await this.ari.request('POST /bridges/{bridgeId}/addChannel', { path: { bridgeId: callId }, query })
  }

  /** The room is there already when another tab takes the call over. */
  async #openRoom(callId: CallId): Promise<void> {
    const request = this.ari.request('POST /bridges/{bridgeId}', {
      path: { bridgeId: callId },
      query: { type: ROOM_TYPE },
    })
    await unlessRefused(request, 409)
  }

  async dial(leg: OutgoingLeg): Promise<void> {
    const { legId, callId, callerChannelId, seat } = leg
    const path = { channelId: legId }
    // Not a moment longer than the leases reckon with.
    const query = { caller: callerChannelId, timeout: Math.floor(leg.timeoutMs / 1000) }
    // By his call's name a server that comes after us knows him, from his first moment on.
    const claim = seat !== null && unlessGone(this.#setVariables(callerChannelId, seated(callId, seat)))
    const room = seat !== null && this.#openRoom(callId)
    try {
      const [{ name }] = await Promise.all([this.#createLeg(leg), claim, room])
      // He has hung up meanwhile, and his end is on its way: nobody is called for him any more.
      if (this.#events.isEnding(callerChannelId)) return await this.hangup(legId, NOT_DIALLED_CAUSE)
      this.#answers.dials(legId, callerChannelId)
      // In this order on the one socket: what is dialled is in the room and tied, and shows the caller as its trunk wants.
      await Promise.all([
        this.#setVariables(callerChannelId, { 'CALLERID(num)': leg.callerId, ...tied(name, CUT_CALLEE) }),
        this.#join(callId, ...(seat === null ? [legId] : [callerChannelId, legId])),
        this.ari.request('POST /channels/{channelId}/dial', { path, query }),
      ])
    } catch (error) {
      await this.hangup(legId, NOT_DIALLED_CAUSE).catch(() => undefined)
      if (seat !== null) await this.seat(callId, { channelId: callerChannelId, ...seat }).catch(() => undefined)
      throw error
    }
  }

  /** With its lease and its side of the tie from the first moment on. */
  async #createLeg(leg: OutgoingLeg): Promise<Channel> {
    const callerName = await this.#nameOf(leg.callerChannelId)
    const query = {
      endpoint: `PJSIP/${leg.trunkId}/${leg.requestUri}`,
      app: this.ari.app,
      appArgs: 'leg',
      channelId: leg.legId,
      originator: leg.callerChannelId,
    }
    const variables = {
      'CHANNEL(accountcode)': leg.callId,
      // Whom the channel is connected to is who calls it: `CALLERID` would be the callee's own.
      'CONNECTEDLINE(num)': leg.callerId,
      'TIMEOUT(absolute)': seconds(leg.leaseMs),
      // A MESSAGE inside the call ends here: the other side would get it as one of ours.
      'FRAME_DROP(RX)': 'TEXT,TEXT_DATA',
      ...tied(callerName, CUT_CALLER),
    }
    return this.#untilArrived(leg.legId, () =>
      this.ari.request('POST /channels/create', { query, body: { variables } }),
    )
  }

  async hasResponse(legId: LegId): Promise<boolean> {
    const query = { variable: 'HANGUPCAUSE_KEYS()' }
    const { value } = await this.ari.request('GET /channels/{channelId}/variable', {
      path: { channelId: legId },
      query,
    })
    return value !== ''
  }

  async tie(callerChannelId: string, calleeChannelId: string): Promise<void> {
    this.#answers.dials(calleeChannelId, callerChannelId)
    const [callerName, calleeName] = await Promise.all([this.#nameOf(callerChannelId), this.#nameOf(calleeChannelId)])
    await Promise.all([
      this.#setVariables(callerChannelId, tied(calleeName, CUT_CALLEE)),
      this.#setVariables(calleeChannelId, tied(callerName, CUT_CALLER)),
    ])
  }

  async untie(channelId: string): Promise<void> {
    await this.#setVariables(channelId, { 'CHANNEL(hangup_handler_wipe)': '' })
  }

  async setLease(channelId: string, leaseMs: number): Promise<void> {
    if (this.#events.isEnding(channelId)) return
    await this.#setVariables(channelId, { 'TIMEOUT(absolute)': seconds(leaseMs) })
  }

  async indicate(channelId: string, what: 'ringing' | 'early-media' | 'answer'): Promise<void> {
    const path = { channelId }
    if (what === 'ringing') await this.ari.request('POST /channels/{channelId}/ring', { path })
    else if (what === 'early-media') await this.ari.request('POST /channels/{channelId}/progress', { path })
    else if (!this.#events.isUp(channelId) && !this.#events.isEnding(channelId))
      await this.ari.request('POST /channels/{channelId}/answer', { path })
  }

  async hangup(channelId: string, q850Cause: number): Promise<void> {
    if (this.#events.isEnding(channelId)) return
    const request = this.ari.request('DELETE /channels/{channelId}', {
      path: { channelId },
      query: { reason_code: String(q850Cause) },
    })
    await unlessGone(request)
  }

  async hold(channelId: string): Promise<void> {
    await Promise.all([
      this.ari.request('POST /channels/{channelId}/mute', { path: { channelId }, query: { direction: 'in' } }),
      this.ari.request('POST /channels/{channelId}/moh', { path: { channelId } }),
    ])
  }

  async resume(channelId: string): Promise<void> {
    await Promise.all([
      this.ari.request('DELETE /channels/{channelId}/moh', { path: { channelId } }),
      this.ari.request('DELETE /channels/{channelId}/mute', { path: { channelId }, query: { direction: 'in' } }),
    ])
  }

  /** A whisperer is hung in front of the ear for as long as the prompt takes. */
  async announce(channelId: string, prompt: 'minutes-warning'): Promise<void> {
    const whisperer = `${channelId}-prompt`
    const query = { whisper: 'out', app: this.ari.app, appArgs: 'helper', snoopId: whisperer } as const
    await this.#untilArrived(whisperer, () =>
      this.ari.request('POST /channels/{channelId}/snoop', { path: { channelId }, query }),
    )
    await this.ari.request('POST /channels/{channelId}/play', {
      path: { channelId: whisperer },
      query: { media: `sound:${prompt}`, playbackId: whisperer },
    })
  }

  async sendDigits(channelId: string, digits: string): Promise<void> {
    await this.ari.request('POST /channels/{channelId}/dtmf', {
      path: { channelId },
      query: { dtmf: withPauses(digits) },
    })
  }

  async closeRoom(callId: CallId): Promise<void> {
    await unlessGone(this.ari.request('DELETE /bridges/{bridgeId}', { path: { bridgeId: callId } }))
  }

  async survey(): Promise<readonly LiveChannel[]> {
    const channels = (await this.ari.request('GET /channels')).filter((channel) => !isHelper(channel))
    for (const channel of channels) this.#names.set(channel.id, channel.name)
    const live = channels.map(liveChannelOf)
    this.#answers.finds(live)
    return live
  }

  /** What is disallowed, never what is allowed: an event that Asterisk learns one day is not missed. */
  async #leaveOutUnheard(): Promise<void> {
    // Its own description wraps the filter in a field; it takes the filter itself.
    const body: object = { disallowed: UNHEARD.map((type) => ({ type })) }
    await this.ari.request('PUT /applications/{applicationName}/eventFilter', {
      path: { applicationName: this.ari.app },
      body,
    })
  }

  /** Asterisk tells of changes only: what it found out before we came is asked. */
  async #tellReachability(): Promise<void> {
    const endpoints = await this.ari.request('GET /endpoints')
    for (const { resource, state } of endpoints)
      if (parseId<'trunk'>(resource) !== undefined && state !== undefined)
        this.#trunks.contact(resource, (await this.#isQualified(resource)) ? state : 'NonQualified')
  }

  /** To Asterisk an endpoint that is not asked is `online`. */
  async #isQualified(trunkId: string): Promise<boolean> {
    const aor = (await this.ari
      .request('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
        path: { configClass: 'res_pjsip', objectType: 'aor', id: trunkId },
      })
      .catch(() => [])) as readonly { readonly attribute: string; readonly value: string }[]
    return aor.some(({ attribute, value }) => attribute === 'qualify_frequency' && value !== '0')
  }

  /** Asterisk tells nobody when a registration comes or goes. */
  async #askRegistrations(): Promise<void> {
    this.#registrationsAsked = null
    if (!this.#isUp) return
    try {
      this.#trunks.registrations(await this.#registrations.read())
    } catch {
      // It answers again, or the connection breaks and tells.
    }
    if (this.#isUp) this.#registrationsAsked = setTimeout(() => void this.#askRegistrations(), REGISTRATIONS_EVERY_MS)
  }

  /** Who listens hears which life of the engine it is before anything else of it. */
  async #connected(): Promise<void> {
    this.#early = []
    try {
      const [info] = await Promise.all([this.ari.request('GET /asterisk/info'), this.#leaveOutUnheard()])
      const bootId = bootIdOf(info)
      const early = this.#early
      this.#early = null
      this.#emit({ kind: 'engine-up', bootId })
      for (const event of early) this.#emit(event)
      this.#isUp = true
      await this.#tellReachability()
      if (this.#registrationsAsked === null) void this.#askRegistrations()
    } catch {
      this.#early = null
      // Lost already, or there and no good: it would stay so, and nobody would know.
      this.ari.reopen()
    }
  }

  #heard(event: AriEvent): void {
    if (event.type === 'StasisStart') this.#arrived(event.channel)
    if (event.type === 'PlaybackFinished') void this.#promptFinished(event.playback.id)
    if (event.type === 'ChannelDestroyed') this.#names.delete(event.channel.id)
    if (event.type === 'ContactStatusChange')
      this.#trunks.contact(event.endpoint.resource, event.contact_info.contact_status)
    const translated = this.#events.translate(event)
    if (translated !== null) this.#answers.pass(translated)
  }

  #hand(event: EngineEvent): void {
    if (this.#early === null) this.#emit(event)
    else this.#early.push(event)
  }

  #emit(event: EngineEvent): void {
    if (event.kind === 'engine-down') this.#forget()
    for (const listener of this.#listeners) listener(event)
  }

  #forget(): void {
    this.#isUp = false
    this.#events.forget()
    this.#answers.forget()
    this.#trunks.forget()
  }

  #arrived(channel: Channel): void {
    this.#names.set(channel.id, channel.name)
    this.#arrivals.get(channel.id)?.()
  }

  /** Creates a channel and waits until it can be used. */
  async #untilArrived<T>(channelId: string, create: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error(`channel ${channelId} did not arrive`)), ARRIVES_WITHIN_MS)
    this.#arrivals.set(channelId, resolve)
    try {
      const [created] = await Promise.all([create(), promise])
      return created
    } finally {
      clearTimeout(timer)
      this.#arrivals.delete(channelId)
    }
  }

  async #promptFinished(whisperer: string): Promise<void> {
    if (whisperer.endsWith('-prompt')) await this.hangup(whisperer, 16).catch(() => undefined)
  }

  async #nameOf(channelId: string): Promise<string> {
    const known = this.#names.get(channelId)
    if (known !== undefined) return known
    return (await this.ari.request('GET /channels/{channelId}', { path: { channelId } })).name
  }

  async #setVariables(channelId: string, variables: { readonly [name: string]: string }): Promise<void> {
    await this.ari.request('POST /channels/{channelId}/variables', { path: { channelId }, body: { variables } })
  }
}

/**
 * Who joins a room takes over the identity of who is in it, and shows it in From and P-Asserted-Identity: never the name of
 * the browser's SIP user.
 */
const seated = (callId: CallId, { callerNumber, leaseMs, partyId }: Omit<Seat, 'channelId'>) => ({
  'CHANNEL(accountcode)': partyId === undefined ? callId : `${callId}:${partyId}`,
  'CALLERID(num)': callerNumber ?? '',
  'CALLERID(name)': '',
  'TIMEOUT(absolute)': seconds(leaseMs),
})

/** Asterisk takes seconds with decimals; 0 would mean "no limit". */
const seconds = (ms: number): string => (Math.max(1, ms) / 1000).toFixed(3)

/** `wipe` replaces what was pushed before, so that tying again is harmless. */
const tied = (peerName: string, handler: string): { readonly [name: string]: string } => ({
  HHPEER: peerName,
  'CHANNEL(hangup_handler_wipe)': handler,
})

/** Without it, no leg could be told to be of this life: an engine that has none is not one that we started. */
function bootIdOf({ config }: AsteriskInfo): string {
  if (config?.name === undefined || config.name === '') throw new Error('the engine has no system name')
  return config.name
}

/** The account code is the call's id; of a channel that is not the initiator's with its party's behind it, 73 of at most 79 letters. */
function liveChannelOf(channel: Channel): LiveChannel {
  const [callId = '', partyId] = channel.accountcode.split(':')
  return { ...stateOf(channel), callId, partyId }
}

const stateOf = (channel: Channel): Pick<LiveChannel, 'channelId' | 'endpoint' | 'state'> => ({
  channelId: channel.id,
  endpoint: endpointOf(channel),
  state: channel.state === 'Up' ? 'up' : channel.state === 'Ring' || channel.state === 'Ringing' ? 'ringing' : 'down',
})

const unlessGone = (request: Promise<unknown>): Promise<void> => unlessRefused(request, 404)

/** That the engine refused it so is as good as done. */
async function unlessRefused(request: Promise<unknown>, status: number): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!(error instanceof AriRefused) || error.status !== status) throw error
  }
}
