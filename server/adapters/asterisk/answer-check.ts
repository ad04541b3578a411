import type { EngineEvent } from '#calls'
import { parseId } from '#kernel'
import { AriRefused, type Ari } from './ari.ts'

type LegEnded = EngineEvent & { readonly kind: 'leg-ended' }
type LegAnswered = EngineEvent & { readonly kind: 'leg-answered' }
type Held = { readonly answered: LegAnswered; readonly later: EngineEvent[] }

/** Q.850: bearer capability not presently available; SIP: Not Acceptable Here. */
const NO_CODEC = { q850Cause: 58, sipStatus: 488 } as const

/**
 * Asterisk takes an answer for one even if its only common ground is `telephone-event`: the call would be silent, and
 * charged. So whether a leg that we dialled has speech is asked before its answer is told; what happens to it meanwhile
 * waits. One without is hung up, and was never answered.
 */
export class AnswerCheck {
  readonly #ari: Ari
  readonly #tell: (event: EngineEvent) => void
  readonly #held = new Map<string, Held>()
  readonly #speechless = new Set<string>()

  constructor(ari: Ari, tell: (event: EngineEvent) => void) {
    this.#ari = ari
    this.#tell = tell
  }

  pass(event: EngineEvent): void {
    const channelId = 'channelId' in event ? event.channelId : ''
    const held = this.#held.get(channelId)
    if (held !== undefined) held.later.push(event)
    else if (event.kind === 'leg-answered' && isDialled(channelId)) void this.#check(event)
    else if (event.kind === 'leg-ended') this.#ended(event)
    else this.#tell(event)
  }

  forget(): void {
    this.#held.clear()
    this.#speechless.clear()
  }

  async #check(answered: LegAnswered): Promise<void> {
    const { channelId } = answered
    const held: Held = { answered, later: [] }
    this.#held.set(channelId, held)
    const isSpeaking = await this.#hasSpeech(channelId)
    // Forgotten meanwhile: the connection was lost, and whoever comes next asks what is so.
    if (this.#held.get(channelId) !== held) return
    this.#held.delete(channelId)
    if (isSpeaking === false) await this.#refuse(channelId)
    else if (isSpeaking === null && held.later.some(isRefusedByUs)) this.#speechless.add(channelId)
    else this.#tell(answered)
    for (const event of held.later) this.pass(event)
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
    if (!this.#speechless.delete(event.channelId)) return this.#tell(event)
    this.#tell({ ...event, by: 'party', ...NO_CODEC })
  }
}

/** Legs that we dial are named by us, by a leg's id; others by the engine. */
const isDialled = (channelId: string): boolean => parseId<'leg'>(channelId) !== undefined

/** It ended before anybody could ask: with a SIP status, the engine itself could not take the answer (one without SDP). */
const isRefusedByUs = (event: EngineEvent): boolean => event.kind === 'leg-ended' && event.sipStatus !== null
