import { createHash, randomBytes } from 'node:crypto'

/** A SIP message as RFC 3261 writes it; header names in lower case. */
export type SipMessage = {
  readonly firstLine: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What a message has beside what it must have. */
export type Extra = { readonly headers?: SipMessage['headers']; readonly body?: string }

export function parseSip(text: string): SipMessage {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [firstLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return { firstLine, headers, body: body.join('\r\n\r\n') }
}

export const formatSip = ({ firstLine, headers, body }: SipMessage): string =>
  [
    firstLine,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')

export const headerOf = (message: SipMessage, name: string): string =>
  message.headers.find(([found]) => found === name)?.[1] ?? ''

/** RFC 3261, 8.2.6. `tag`: the dialog's, if the request has none. */
export function responseTo(
  request: SipMessage,
  status: string,
  { headers = [], body = '', tag = 'c1' }: Extra & { readonly tag?: string },
): SipMessage {
  const copied = ['via', 'from', 'to', 'call-id', 'cseq', 'record-route']
  return {
    firstLine: `SIP/2.0 ${status}`,
    headers: [
      ...request.headers
        .filter(([name]) => copied.includes(name))
        .map(
          ([name, value]) => [name, name === 'to' && !value.includes('tag=') ? `${value};tag=${tag}` : value] as const,
        ),
      ...headers,
    ],
    body,
  }
}

/** 0 for a request. */
export const statusOf = (message: SipMessage): number => Number(/^SIP\/2\.0 (\d{3})/.exec(message.firstLine)?.[1] ?? 0)

export const methodOf = (message: SipMessage): string => message.firstLine.split(' ')[0] ?? ''

export const randomToken = (): string => randomBytes(8).toString('hex')

export const branch = (): string => `z9hG4bK${randomToken()}`

/** RFC 2617 digest with MD5 and qop=auth: what SIP networks still use. */
export function digestAnswer(
  challenge: string,
  by: { readonly user: string; readonly password: string; readonly method: string; readonly uri: string },
): string {
  const part = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? ''
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const [realm, nonce, opaque, cnonce] = [part('realm'), part('nonce'), part('opaque'), randomToken()]
  const secret = md5(`${by.user}:${realm}:${by.password}`)
  const response = md5(`${secret}:${nonce}:00000001:${cnonce}:auth:${md5(`${by.method}:${by.uri}`)}`)
  const opaqueField = opaque === '' ? '' : `, opaque="${opaque}"`
  return `Digest username="${by.user}", realm="${realm}", nonce="${nonce}", uri="${by.uri}", response="${response}", algorithm=MD5, cnonce="${cnonce}", qop=auth, nc=00000001${opaqueField}`
}
