import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PushSubscription } from '#directory'

/** What a browser got, as its service worker reads it, and how the push service was asked to bring it. */
export type Delivered = {
  readonly endpoint: string
  readonly message: unknown
  readonly headers: IncomingMessage['headers']
}

/** A push service on this machine, with the browsers that it reaches: takes what is signed, reads what is encrypted. */
export type PushReceiver = {
  readonly origin: string
  readonly delivered: readonly Delivered[]
  /** Who signed what was delivered. */
  readonly signers: ReadonlySet<string>
  addBrowser(): PushSubscription
  /** Instead of taking it: a status, with a header or a body, or no answer at all. */
  answer(
    endpoint: string,
    how: { readonly status: number; readonly location?: string; readonly body?: Buffer } | 'never',
  ): void
  /** How many requests it has, those without an answer too. */
  asked(): number
  /** How many of its answers were not heard out. */
  cutShort(): number
  stop(): Promise<void>
}

export async function startPushReceiver(): Promise<PushReceiver> {
  const browsers = new Map<string, { readonly keys: ECDH; readonly auth: Buffer }>()
  const answers = new Map<string, Parameters<PushReceiver['answer']>[1]>()
  const delivered: Delivered[] = []
  const signers = new Set<string>()
  let [asked, cutShort] = [0, 0]
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray())
    const endpoint = `${origin}${request.url}`
    asked += 1
    const how = answers.get(endpoint) ?? { status: 201 }
    if (how === 'never') return
    response.once('close', () => (cutShort += response.writableFinished ? 0 : 1))
    const browser = browsers.get(endpoint)
    if (how.status === 201 && browser !== undefined) {
      signers.add(signerOf(request.headers.authorization ?? '', origin))
      delivered.push({ endpoint, headers: request.headers, message: JSON.parse(decrypt(body, browser)) })
    }
    response.writeHead(how.status, how.location === undefined ? {} : { location: how.location }).end(how.body)
  }
  const server = createServer((request, response) => {
    receive(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    delivered,
    signers,
    addBrowser() {
      const [keys, auth] = [createECDH('prime256v1'), randomBytes(16)]
      const endpoint = `${origin}/push/${randomBytes(16).toString('base64url')}`
      const p256dh = keys.generateKeys('base64url')
      browsers.set(endpoint, { keys, auth })
      return { endpoint, p256dh, auth: auth.toString('base64url') }
    },
    answer: (endpoint, how) => void answers.set(endpoint, how),
    asked: () => asked,
    cutShort: () => cutShort,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** RFC 8292: the key of who signed, if he did so for this service, for a day at most, and says whom to turn to. */
function signerOf(authorization: string, audience: string): string {
  const { token = '', key = '' } = /^vapid t=(?<token>[^,]+), ?k=(?<key>[\w-]+)$/.exec(authorization)?.groups ?? {}
  const [header, claims, signature] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x!, y: y! }, format: 'jwk' })
  const signed = Buffer.from(`${header}.${claims}`)
  const dsaEncoding = 'ieee-p1363'
  if (!verify('sha256', signed, { key: publicKey, dsaEncoding }, Buffer.from(signature ?? '', 'base64url')))
    throw new Error('the signature is wrong')
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as Record<string, unknown>
  const leftS = Number(exp) - Date.now() / 1000
  if (aud !== audience || leftS <= 0 || leftS > 86_400 || !/^(mailto:|https:)/.test(String(sub)))
    throw new Error(`the claims are wrong: ${String(aud)}, ${String(exp)}, ${String(sub)}`)
  return key
}

/** RFC 8291, section 3.4, and RFC 8188: salt, size of records, key of the sender; one record. */
function decrypt(body: Buffer, { keys, auth }: { readonly keys: ECDH; readonly auth: Buffer }): string {
  const [salt, keyLength] = [body.subarray(0, 16), body[20]!]
  const [senderKey, sealed] = [body.subarray(21, 21 + keyLength), body.subarray(21 + keyLength)]
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), senderKey])
  const secret = Buffer.from(hkdfSync('sha256', keys.computeSecret(senderKey), auth, info, 32))
  const derived = (name: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${name}\0`, length))
  const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12))
  decipher.setAuthTag(sealed.subarray(-16))
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  return padded.subarray(0, padded.lastIndexOf(2)).toString()
}
