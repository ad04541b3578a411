import { isIP } from 'node:net'
import type { Trunk } from '#carriers'
import type { Ari } from './ari.ts'
import { digest, SIP_OBJECTS, trunkObjects, type Options, type SipObject } from './trunk-objects.ts'

/** A user of the engine who rings up from a browser (SIP over WSS), with short-lived credentials. */
export type BrowserUser = { readonly sipUser: string; readonly password: string }

/** A browser that is a telephone of the simulated network; `number` are the E.164 digits without `+`. */
export type Handset = { readonly number: string; readonly password: string }

export type SipSettings = {
  /** Without a packet for so long, a browser is taken to be gone; whole seconds are kept. */
  readonly browserGoneMs: number
  /** Where the engine listens for SIP; browsers' media is bound there too. */
  readonly sipHost: string
}

/** What of an object is compared; Asterisk writes the rest in a form of its own. */
const TELLING: { readonly [name in SipObject]?: readonly string[] } = {
  auth: ['username', 'password'],
  aor: ['contact', 'outbound_proxy'],
  registration: ['server_uri', 'client_uri', 'contact_user', 'outbound_proxy', 'transport'],
}

/**
 * Pushes SIP configuration into a running Asterisk's memory: no file, no reload, gone when it restarts. So whoever
 * owns the truth pushes everything again at each `engine-up`. Pushing twice changes nothing.
 */
export class SipConfiguration {
  readonly #ari: Ari
  readonly #settings: SipSettings

  constructor(ari: Ari, settings: SipSettings) {
    this.#ari = ari
    this.#settings = settings
  }

  /**
   * Each object by itself: one that the engine does not take (a host that DNS does not know now) holds up no other.
   * Resolves to those that it did not take; pushed again, they may be taken. `only` leaves the others out.
   */
  async pushTrunk(trunk: Trunk, only: readonly SipObject[] = SIP_OBJECTS): Promise<readonly SipObject[]> {
    const wanted = trunkObjects(trunk)
    const missing: SipObject[] = []
    let isNewSecret = false
    for (const object of only) {
      try {
        const isOther = await this.#isOther(object, trunk.id, wanted[object])
        if (object === 'auth') isNewSecret = isOther
        // A refused registration would wait long before it tries the new password.
        const isReplaced = isOther || (object === 'registration' && isNewSecret)
        await this.#place(object, trunk.id, { options: wanted[object], isReplaced })
      } catch {
        missing.push(object)
      }
    }
    return missing
  }

  /** `options` `undefined`: there must be none. */
  async #place(
    object: SipObject,
    id: string,
    { options, isReplaced }: { readonly options: Options | undefined; readonly isReplaced: boolean },
  ): Promise<void> {
    if (options === undefined || isReplaced) await this.#remove(object, id)
    if (options !== undefined) await this.#put(object, id, options)
  }

  /**
   * Whether what is there must go first. Asterisk adds a second `match` or `contact` to the one before, and a
   * registration that lives goes on to where it went. What is the same is left: replaced, it would register anew.
   */
  async #isOther(object: SipObject, id: string, options: Options | undefined): Promise<boolean> {
    const path = { configClass: 'res_pjsip', objectType: object, id }
    const telling = TELLING[object]
    if (options === undefined || telling === undefined) return object === 'identify'
    const fields = await this.#ari
      .request('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', { path })
      .catch(() => [])
    const known = new Map(fields.map(({ attribute, value }) => [attribute, value]))
    return known.size > 0 && telling.some((name) => known.get(name) !== options[name])
  }

  async removeTrunk(trunkId: string): Promise<void> {
    for (const object of SIP_OBJECTS.toReversed()) await this.#remove(object, trunkId)
  }

  async pushBrowserUser({ sipUser, password }: BrowserUser): Promise<void> {
    const goneAfter = String(Math.ceil(this.#settings.browserGoneMs / 1000))
    await this.#pushUser(
      { id: sipUser, password, maxContacts: 1 },
      {
        context: 'from-user',
        message_context: 'no-messages',
        rtp_timeout: goneAfter,
        rtp_timeout_hold: goneAfter,
      },
    )
  }

  async removeBrowserUser(sipUser: string): Promise<void> {
    await this.#removeUser(sipUser)
  }

  /** Names of all that the engine knows as an endpoint; of one that was removed also while a channel of it lives. */
  async endpointNames(): Promise<readonly string[]> {
    // Asked for those of PJSIP alone, an engine that has none knows no such technology.
    const endpoints = await this.#ari.request('GET /endpoints')
    return endpoints.flatMap(({ technology, resource }) => (technology === 'PJSIP' ? [resource] : []))
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
    await this.#put('endpoint', user.id, {
      ...browserEndpoint,
      ...mediaAddress(this.#settings.sipHost),
      aors: user.id,
      auth: user.id,
      ...options,
    })
  }

  async #removeUser(id: string): Promise<void> {
    for (const object of ['endpoint', 'aor', 'auth'] as const) await this.#remove(object, id)
  }

  async #put(objectType: SipObject, id: string, options: Options): Promise<void> {
    const fields = Object.entries(options).map(([attribute, value]) => ({ attribute, value }))
    // The description calls `fields` an object; what it takes is a list of attribute and value.
    const body = { fields } as unknown as { readonly fields: { readonly [name: string]: unknown } }
    await this.#ari.requestApart('PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
      path: { configClass: 'res_pjsip', objectType, id },
      body,
    })
  }

  async #remove(objectType: SipObject, id: string): Promise<void> {
    const request = this.#ari.requestApart('DELETE /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
      path: { configClass: 'res_pjsip', objectType, id },
    })
    await request.catch((error: { readonly status?: number }) => {
      if (error.status !== 404) throw error
    })
  }
}

/**
 * Without it the engine binds a browser's media to every interface of the machine, and tells the address of one of them.
 * Where it listens on all of them (an unspecified address), or on a name, there is no one address to say.
 */
const mediaAddress = (sipHost: string): Options =>
  isIP(sipHost) === 0 || UNSPECIFIED.has(sipHost) ? {} : { media_address: sipHost, bind_rtp_to_media_address: 'yes' }

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

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
