import type { Ari } from '../../adapters/asterisk/index.ts'
import { SipPhone } from './sip-phone.ts'
import type { TestAsterisk } from './asterisk-instances.ts'

/**
 * A telephone that may call where a browser may: the browser's endpoint without WebRTC (no DTLS, no ICE), with the same
 * context, limits and time-outs.
 */
export async function startPlainPhone(
  engine: TestAsterisk,
  { ari, sipUser, rtpTimeoutS = 15 }: PlainPhone,
): Promise<SipPhone> {
  const password = 'phone-password'
  await put(ari, { objectType: 'auth', id: sipUser, options: { auth_type: 'userpass', username: sipUser, password } })
  await put(ari, { objectType: 'aor', id: sipUser, options: { max_contacts: '1', remove_existing: 'yes' } })
  const options = {
    context: 'from-user',
    disallow: 'all',
    allow: 'alaw',
    dtmf_mode: 'rfc4733',
    direct_media: 'no',
    rtp_symmetric: 'yes',
    aors: sipUser,
    auth: sipUser,
    rtp_timeout: String(rtpTimeoutS),
    allow_subscribe: 'no',
    allow_transfer: 'no',
  }
  await put(ari, { objectType: 'endpoint', id: sipUser, options })
  return SipPhone.start({ user: sipUser, password, host: engine.sipHost, port: engine.sipPort })
}

export type PlainPhone = { readonly ari: Ari; readonly sipUser: string; readonly rtpTimeoutS?: number }

type Section = {
  readonly objectType: string
  readonly id: string
  readonly options: { readonly [name: string]: string }
}

async function put(ari: Ari, { objectType, id, options }: Section): Promise<void> {
  const fields = Object.entries(options).map(([attribute, value]) => ({ attribute, value }))
  const body = { fields } as unknown as { readonly fields: { readonly [name: string]: unknown } }
  await ari.request('PUT /asterisk/config/dynamic/{configClass}/{objectType}/{id}', {
    path: { configClass: 'res_pjsip', objectType, id },
    body,
  })
}
