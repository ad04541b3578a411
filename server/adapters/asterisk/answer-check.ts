import type { EngineEvent, LiveChannel } from '#calls'
import { parseId } from '#kernel'
import { AriRefused, type Ari } from './ari.ts'

type LegEnded = EngineEvent & { readonly kind: 'leg-ended' }
type LegAnswered = EngineEvent & { readonly kind: 'leg-answered' }

/** Q.850: bearer capability not presently available; SIP: Not Acceptable Here. */
const NO_CODEC = { q850Cause: 58, sipStatus: 488 } as const

/**
 * Asterisk takes an answer for one even if its only common ground is `telephone-event`: the call would be silent, and
 * charged. So whether a leg that we dialled has speech is asked before its answer is told; what happens to it or to its caller
 * meanwhile waits, for the engine has connected them already: a caller who hangs up now has talked. One without speech is
 * hung up, and was never answered.
 */
export class AnswerCheck {
  readonly #ari: Ari
  readonly #tell: (event: EngineEvent) => void
  /** By the leg whose answer is looked at. */
  readonly #held = new Map<string, EngineEvent[]>()
  /** Of each leg that we dialled: its caller's channel. */
  readonly #callers = new Map<string, string>()
  readonly #speechless = new Set<string>()

  constructor(ari: Ari, tell: (event: EngineEvent) => void) {
    this.#ari = ari
    this.#tell = tell
  }

  /** Dialled for him, or his from now on. */
  dials(channelId: string, callerId: string): void {
    this.#callers.set(channelId, callerId)
  }

  /** What lives: whose caller is not known, as of a leg that an earlier server dialled, has the one who is in his call. */
  finds(channels: readonly LiveChannel[]): void {
    const callers = channels.filter(({ channelId }) => !isDialled(channelId))
    const channelOf = new Map(callers.map(({ callId, channelId }) => [callId, channelId]))
    for (const { channelId, callId } of channels) {
      const callerId = channelOf.get(callId)
      if (isDialled(channelId) && callerId !== undefined && !this.#callers.has(channelId))
        this.dials(channelId, callerId)
    }
  }

  pass(event: EngineEvent): void {
    const channelId = 'channelId' in event ? event.channelId : ''
    const held = this.#heldFor(channelId)
    if (held !== undefined) held.push(event)
    else if (event.kind === 'leg-answered' && isDialled(channelId)) void this.#check(event)
    else if (event.kind === 'leg-ended') this.#ended(event)
    else this.#tell(event)
  }

  #heldFor(channelId: string): EngineEvent[] | undefined {
    const legId = this.#held.keys().find((each) => each === channelId || this.#callers.get(each) === channelId)
    return legId === undefined ? undefined : this.#held.get(legId)
  }

  forget(): void {
    this.#held.clear()
    this.#callers.clear()
    this.#speechless.clear()
  }

  async #check(answered: LegAnswered): Promise<void> {
    const { channelId } = answered
    const held: EngineEvent[] = []
    this.#held.set(channelId, held)
    const isSpeaking = await this.#hasSpeech(channelId)
    // Forgotten meanwhile: the connection was lost, and whoever comes next asks what is so.
    if (this.#held.get(channelId) !== held) return
    this.#held.delete(channelId)
    if (isSpeaking === false) await this.#refuse(channelId)
    else if (isSpeaking === null && held.some((event) => isRefusedByUs(event, channelId)))
      this.#speechless.add(channelId)
    else this.#tell(answered)
    for (const event of held) this.pass(event)
  }

  /** `null`: it has ended already. Without a format in common there is no address for the speech. */
  async #hasSpeech(channelId: string): Promise<boolean | null> {
    try {
      const query = { variable: 'CHANNEL(rtp,dest)' }
      await this.#ari.request('GET /channels/{channelId}/variable', { path: { channelId }, query })
      return true
    } catch (error) {
      if (!(error instanceof AriRefused)) return true // Not known: the other side's word counts.
      return error.status === 404 ? null : false
    }
  }

  async #refuse(channelId: string): Promise<void> {
    this.#speechless.add(channelId)
    const query = { reason_code: String(NO_CODEC.q850Cause) }
    await this.#ari.request('DELETE /channels/{channelId}', { path: { channelId }, query }).catch(() => undefined)
  }

  #ended(event: LegEnded): void {
    this.#callers.delete(event.channelId)
    if (!this.#speechless.delete(event.channelId)) return this.#tell(event)
    this.#tell({ ...event, by: 'party', ...NO_CODEC })
  }
}

/** Legs that we dial are named by us, by a leg's id; others by the engine. */
const isDialled = (channelId: string): boolean => parseId<'leg'>(channelId) !== undefined

/** It ended before anybody could ask: with a SIP status, the engine itself could not take the answer (one without SDP). */
const isRefusedByUs = (event: EngineEvent, channelId: string): boolean =>
  event.kind === 'leg-ended' && event.channelId === channelId && event.sipStatus !== null
