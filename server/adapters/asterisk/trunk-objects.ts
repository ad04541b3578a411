import { sipUriOf, type Trunk } from '#carriers'

export type Options = { readonly [name: string]: string }
export type SipObject = (typeof SIP_OBJECTS)[number]

/** In the order in which they are pushed: each names those before it. */
export const SIP_OBJECTS = ['auth', 'aor', 'endpoint', 'identify', 'registration'] as const

const QUALIFY_TIMEOUT_S = 3

/**
 * What Asterisk is told of a trunk; an object that is missing here must not exist there. Every option that a trunk may
 * lack is said as empty: a push changes what it names, and leaves the rest as it was.
 */
export function trunkObjects(trunk: Trunk): { readonly [name in SipObject]?: Options } {
  const { auth, standing } = trunk
  const isRegistering = auth.kind === 'digest' && trunk.registers && standing === 'active'
  return {
    ...(auth.kind === 'digest' ? { auth: digest(auth.username, auth.password) } : {}),
    aor: {
      contact: sipUriOf(trunk),
      outbound_proxy: proxyOf(trunk),
      qualify_frequency: String(trunk.qualifyIntervalS),
      qualify_timeout: String(QUALIFY_TIMEOUT_S),
    },
    endpoint: trunkEndpoint(trunk),
    identify: { endpoint: trunk.id, match: addressesOf(trunk).join(',') },
    ...(isRegistering ? { registration: registration(trunk, auth.username) } : {}),
  }
}

export const digest = (username: string, password: string): Options => ({ auth_type: 'userpass', username, password })

/** Whom its requests come from. */
function addressesOf({ host, outboundProxy }: Trunk): readonly string[] {
  const proxy = outboundProxy?.replace(/:\d+$/, '')
  return proxy === undefined || proxy === host ? [host] : [host, proxy]
}

/** A loose route (RFC 3261, 19.1.1). */
const proxyOf = ({ outboundProxy, transport }: Trunk): string =>
  outboundProxy === null ? '' : `sip:${outboundProxy};lr${transport === 'tcp' ? ';transport=tcp' : ''}`

const transportOf = ({ transport }: Trunk): string => (transport === 'tcp' ? 'transport-tcp' : 'transport-udp')

function trunkEndpoint(trunk: Trunk): Options {
  return {
    context: 'from-trunk',
    // There is none of this name: a carrier's MESSAGE outside a call is refused with 404.
    message_context: 'no-messages',
    transport: transportOf(trunk),
    disallow: 'all',
    allow: 'alaw,ulaw',
    aors: trunk.id,
    // By its address alone: its name is no secret, and by it anybody could pass for the carrier.
    identify_by: 'ip',
    outbound_auth: trunk.auth.kind === 'digest' ? trunk.id : '',
    outbound_proxy: proxyOf(trunk),
    from_user: trunk.fromUser ?? '',
    from_domain: trunk.fromDomain ?? '',
    // RFC 4733 where the carrier offers it, else as tones in the speech.
    dtmf_mode: 'auto',
    direct_media: 'no',
    rtp_symmetric: 'yes',
    // Nothing is heard yet: it would silence the ring-back tone, and stand in the way of the next trunk.
    ignore_183_without_sdp: 'yes',
    // RFC 3325: the caller's number also where From must carry the account's name.
    send_pai: 'yes',
    // Otherwise every upgrade of the bridge sends the carrier a re-INVITE.
    send_connected_line: 'no',
    allow_subscribe: 'no',
    allow_transfer: 'no',
  }
}

function registration(trunk: Trunk, username: string): Options {
  return {
    server_uri: sipUriOf(trunk),
    client_uri: `sip:${username}@${sipUriOf({ ...trunk, transport: 'udp' }).slice('sip:'.length)}`,
    contact_user: username,
    outbound_auth: trunk.id,
    outbound_proxy: proxyOf(trunk),
    transport: transportOf(trunk),
    expiration: '300',
    retry_interval: '10',
    // A refusal may be an account that is opened tomorrow: asked again, but seldom.
    auth_rejection_permanent: 'no',
    forbidden_retry_interval: '60',
    fatal_retry_interval: '60',
    max_retries: '1000000',
    max_random_initial_delay: '0',
  }
}
