import type { Trunk } from '#carriers'
import type { Ari } from './ari.ts'

/** A user of the engine who rings up from a browser (SIP over WSS), with short-lived credentials. */
export type BrowserUser = { readonly sipUser: string; readonly password: string }

/** A browser that is a telephone of the simulated network; `number` are the E.164 digits without `+`. */
export type Handset = { readonly number: string; readonly password: string }

type Options = { readonly [name: string]: string }
type SipObject = 'auth' | 'aor' | 'endpoint' | 'identify' | 'registration'

const QUALIFY_EVERY_S = 10
const QUALIFY_TIMEOUT_S = 3

/**
 * Pushes SIP configuration into a running Asterisk's memory: no file, no reload, gone when it restarts. So whoever
 * owns the truth pushes everything again at each `engine-up`. Pushing twice changes nothing.
 */
export class SipConfiguration {
  readonly #ari: Ari
  readonly #browserGoneMs: number

  /** `browserGoneMs`: without a packet for so long, a browser is taken to be gone; whole seconds are kept. */
  constructor(ari: Ari, settings: { readonly browserGoneMs: number } = { browserGoneMs: 15_000 }) {
    this.#ari = ari
    this.#browserGoneMs = settings.browserGoneMs
  }

  async pushTrunk(trunk: Trunk): Promise<void> {
    const hasSecret = trunk.auth.kind === 'digest'
    if (trunk.auth.kind === 'digest')
      await this.#put('auth', trunk.id, digest(trunk.auth.username, trunk.auth.password))
    await this.#put('aor', trunk.id, {
      contact: sipUri(trunk),
      qualify_frequency: String(QUALIFY_EVERY_S),
      qualify_timeout: String(QUALIFY_TIMEOUT_S),
    })
    await this.#put('endpoint', trunk.id, trunkEndpoint(trunk))
    await this.#put('identify', trunk.id, { endpoint: trunk.id, match: trunk.host })
    if (trunk.registers && hasSecret) await this.#put('registration', trunk.id, registration(trunk))
    else await this.#remove('registration', trunk.id)
  }

  async removeTrunk(trunkId: string): Promise<void> {
    for (const object of ['registration', 'identify', 'endpoint', 'aor', 'auth'] as const)
      await this.#remove(object, trunkId)
  }

  async pushBrowserUser({ sipUser, password }: BrowserUser): Promise<void> {
    const goneAfter = String(Math.ceil(this.#browserGoneMs / 1000))
    await this.#pushUser(
      { id: sipUser, password, maxContacts: 1 },
      {
        context: 'from-user',
        rtp_timeout: goneAfter,
        rtp_timeout_hold: goneAfter,
      },
    )
  }

  async removeBrowserUser(sipUser: string): Promise<void> {
    await this.#removeUser(sipUser)
  }

  async pushHandset({ number, password }: Handset): Promise<void> {
    // Browsers don't tell a page of RFC 4733 events that they receive; INFO is what the handset page can show.
    await this.#pushUser(
      { id: number, password, maxContacts: 5 },
      { context: 'from-handset', callerid: `<+${number}>`, dtmf_mode: 'info' },
    )
  }

  async removeHandset(number: string): Promise<void> {
    await this.#removeUser(number)
  }

  async #pushUser(
    user: { readonly id: string; readonly password: string; readonly maxContacts: number },
    options: Options,
  ): Promise<void> {
    await this.#put('auth', user.id, digest(user.id, user.password))
    await this.#put('aor', user.id, { max_contacts: String(user.maxContacts), remove_existing: 'yes' })
    await this.#put('endpoint', user.id, { ...browserEndpoint, aors: user.id, auth: user.id, ...options })
  }

  async #removeUser(id: string): Promise<void> {
    for (const object of ['endpoint', 'aor', 'auth'] as const) await this.#remove(object, id)
  }

  async #put(objectType: SipObject, id: string, options: Options): Promise<void> {
    const fields = Object.entries(options).map(([attribute, value]) => ({ attribute, value }))
    // The description calls `fields` an object; what it takes is a list of attribute and value.
    const body = { fields } as unknown as { readonly fields: { readonly [name: string]: unknown } }
    await this.#ari.request('PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
      path: { configClass: 'res_pjsip', objectType, id },
      body,
    })
  }

  async #remove(objectType: SipObject, id: string): Promise<void> {
    const request = this.#ari.request('DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
      path: { configClass: 'res_pjsip', objectType, id },
    })
    await request.catch((error: { readonly status?: number }) => {
      if (error.status !== 404) throw error
    })
  }
}

const digest = (username: string, password: string): Options => ({ auth_type: 'userpass', username, password })

const sipUri = (trunk: Trunk): string =>
  `sip:${trunk.host}:${trunk.port}${trunk.transport === 'tcp' ? ';transport=tcp' : ''}`

function trunkEndpoint(trunk: Trunk): Options {
  return {
    context: 'from-trunk',
    transport: trunk.transport === 'tcp' ? 'transport-tcp' : 'transport-udp',
    disallow: 'all',
    allow: 'alaw,ulaw',
    aors: trunk.id,
    // By its address alone: its name is no secret, and by it anybody could pass for the carrier.
    identify_by: 'ip',
    ...(trunk.auth.kind === 'digest' ? { outbound_auth: trunk.id } : {}),
    ...(trunk.fromUser === null ? {} : { from_user: trunk.fromUser }),
    dtmf_mode: 'rfc4733',
    direct_media: 'no',
    rtp_symmetric: 'yes',
    // RFC 3325: the caller's number also where From must carry the account's name.
    send_pai: 'yes',
    // Otherwise every upgrade of the bridge sends the carrier a re-INVITE.
    send_connected_line: 'no',
    allow_subscribe: 'no',
    allow_transfer: 'no',
  }
}

function registration(trunk: Trunk): Options {
  const username = trunk.auth.kind === 'digest' ? trunk.auth.username : ''
  return {
    server_uri: sipUri(trunk),
    client_uri: `sip:${username}@${trunk.host}:${trunk.port}`,
    contact_user: username,
    outbound_auth: trunk.id,
    transport: trunk.transport === 'tcp' ? 'transport-tcp' : 'transport-udp',
    expiration: '300',
    retry_interval: '10',
    forbidden_retry_interval: '60',
    max_retries: '1000000',
    max_random_initial_delay: '0',
  }
}

const browserEndpoint: Options = {
  disallow: 'all',
  allow: 'opus,alaw',
  webrtc: 'yes',
  dtmf_mode: 'rfc4733',
  direct_media: 'no',
  rtp_symmetric: 'yes',
  force_rport: 'yes',
  rewrite_contact: 'yes',
  allow_subscribe: 'no',
  allow_transfer: 'no',
}
