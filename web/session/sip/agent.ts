import type { UA } from 'jssip'
import type { CallOptions } from 'jssip/lib/UA'

/** How to reach an exchange: the door (`/sip` or `/carrier-sip`) with its ticket, and who we are there. */
export type Account = {
  readonly door: '/sip' | '/carrier-sip'
  readonly ticket: string
  readonly sipUser: string
  readonly sipPassword: string
}

/** The realm's name in SIP addresses; routing goes by the door. */
const DOMAIN = 'tandem'

export const addressOf = (user: string): string => `sip:${user}@${DOMAIN}`

/** A week: more than a page lives, less than a browser's timer holds. */
const NEVER_S = 600_000

/** Loads JsSIP ahead of its first use. */
export const prepareAgent = (): Promise<unknown> => import('jssip')

/** Connected and, if asked, registered. JsSIP is loaded when first needed. */
export async function connectAgent(account: Account, registers: boolean): Promise<UA> {
  const { default: JsSIP } = await import('jssip')
  const url = new URL(account.door, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  url.searchParams.set('ticket', account.ticket)
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url.href)],
    uri: addressOf(account.sipUser),
    password: account.sipPassword,
    register: registers,
    // Half of it, at the latest, is when JsSIP registers again.
    register_expires: 120,
    session_timers: false,
    // A ticket opens one socket: after a loss another one is asked for, and JsSIP must not knock with the old one.
    connection_recovery_min_interval: NEVER_S,
    connection_recovery_max_interval: NEVER_S,
    user_agent: 'Tandem',
  })
  await new Promise<void>((resolve, reject) => {
    agent.on(registers ? 'registered' : 'connected', () => resolve())
    agent.on('disconnected', () => reject(new Error('the exchange cannot be reached')))
    agent.on('registrationFailed', ({ cause }) => reject(new Error(`not registered: ${String(cause)}`)))
    agent.start()
  }).catch((error: unknown) => {
    agent.stop()
    throw error
  })
  return agent
}

/** Audio only; no STUN or TURN: the engine is reached as the page is. */
export const mediaOptions = (microphone: MediaStream) =>
  ({
    mediaStream: microphone,
    mediaConstraints: { audio: true, video: false },
    pcConfig: { iceServers: [] },
  }) satisfies CallOptions

/** JsSIP's name for RFC 4733 events in the speech; what it sends without it is SIP INFO. */
export const IN_SPEECH = { transportType: 'RFC2833' as never, duration: 120, interToneGap: 80 }
