import { createECDH } from 'node:crypto'
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isTrustedEndpoint, type Push, type PushServices } from '#directory'

type Wishes = {
  /** P-256, base64url; the same for ever, or every browser would have to be asked anew (RFC 8292). */
  readonly privateKey: string
  /** Whom a push service turns to about us: `https:` or `mailto:`. */
  readonly contact: string
  /** As `isTrustedEndpoint` has them. */
  readonly services: readonly string[]
  readonly patienceMs?: number
}

/** Of one service; more wait, and their patience runs. */
const SOCKETS = 20
const PATIENCE_MS = 10_000
/** What a service says beside its status is not looked at. */
const MOST_BYTES_READ = 16_384

/** Web Push: RFC 8030, encrypted for the browser alone (RFC 8291), signed by this installation (RFC 8292). */
export function createPushServices(wishes: Wishes): PushServices & { close(): void } {
  const { privateKey, contact, services, patienceMs = PATIENCE_MS } = wishes
  const publicKey = publicKeyOf(privateKey)
  const closing = new AbortController()
  const agents = { 'http:': new HttpAgent(AGENT), 'https:': new HttpsAgent(AGENT) }
  const isTrusted = (endpoint: string): boolean => isTrustedEndpoint(endpoint, services)
  return {
    publicKey,
    isTrusted,
    async send(push) {
      if (!isTrusted(push.subscription.endpoint)) return 'untrusted'
      const sealed = await seal(push, { subject: contact, publicKey, privateKey }).catch(() => undefined)
      if (sealed === undefined) return 'refused'
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)])
      const status = await post({ url: new URL(push.subscription.endpoint), agents, signal, ...sealed }).catch(
        () => null,
      )
      if (status === null) return 'unreachable'
      if (status >= 200 && status < 300) return 'taken'
      return status === 404 || status === 410 ? 'gone' : 'refused'
    },
    close() {
      closing.abort()
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

const AGENT = { keepAlive: true, maxSockets: SOCKETS }

function publicKeyOf(privateKey: string): string {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(privateKey, 'base64url')
  return curve.getPublicKey('base64url')
}

type Sealed = { readonly headers: { readonly [name: string]: string }; readonly body: Buffer }
type Vapid = { readonly subject: string; readonly publicKey: string; readonly privateKey: string }

/** Read when something is pushed first: a start need not wait for it. */
async function seal({ subscription, message, ttlS }: Push, vapidDetails: Vapid): Promise<Sealed> {
  const { default: webPush } = await import('web-push')
  const { endpoint, p256dh, auth } = subscription
  const told = { ...message, ringsUntil: new Date(message.ringsUntil).toISOString() }
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(told), {
    vapidDetails,
    TTL: ttlS,
    urgency: 'high',
    // What comes later takes the place of what was not delivered yet; 32 characters at most.
    topic: message.callId.replaceAll('-', ''),
  })
  return { headers, body }
}

type Post = Sealed & {
  readonly url: URL
  readonly agents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent }
  readonly signal: AbortSignal
}

/** The status; what it leads on to is not followed, and nobody waits for more than its head. */
function post({ url, agents, headers, body, signal }: Post): Promise<number> {
  const isPlain = url.protocol === 'http:'
  const [request, agent] = isPlain ? [requestHttp, agents['http:']] : [requestHttps, agents['https:']]
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, agent, signal }, (answer) => {
      resolve(answer.statusCode ?? 0)
      let read = 0
      answer.on('data', (chunk: Buffer) => {
        read += chunk.length
        if (read > MOST_BYTES_READ) answer.destroy()
      })
      answer.on('error', () => undefined)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
