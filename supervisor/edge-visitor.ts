import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net'
import type { RefusalCode } from './edge-refusals.ts'
import type { Runtime } from './runtime.ts'

/** By which names people come, and whose word about them is taken. */
export type Site = {
  /** Where people reach us; it may differ from where we listen, when a proxy stands before us. */
  readonly publicUrl: URL
  readonly listeningAt: { readonly host: string; readonly port: number }
  readonly trustedProxies: BlockList
}

/** What is known of who asks, once his request has a form that is safe to work with. */
export type Visitor = {
  /** Path and query as they go to the server: printable ASCII that begins with `/`. */
  readonly target: string
  readonly path: string
  /** The client, never one of the trusted proxies before us. */
  readonly address: string
  /** The name that the server hears; behind a proxy that did not keep it, our public one. */
  readonly host: string
}

export function siteOf({ publicUrl, edge, config }: Pick<Runtime, 'publicUrl' | 'edge' | 'config'>): Site {
  return {
    publicUrl: new URL(publicUrl),
    listeningAt: { host: edge.host, port: edge.port },
    trustedProxies: proxiesOf(config.trustedProxies),
  }
}

function proxiesOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

export const isTrusted = (site: Site, address: string): boolean =>
  isIP(address) !== 0 && site.trustedProxies.check(address, familyOf(address))

/** One spelling for each address (RFC 5952), or one client would be many. An IPv4 client of a socket that takes both is told as itself. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined || isIP(address) !== 6) return address ?? ''
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/, '')
}

/** Falls from top to bottom: form first (nothing below may throw over what strangers write), then the name. */
export function visitorOf(site: Site, request: IncomingMessage): Visitor | RefusalCode {
  if ((request.headersDistinct['host'] ?? []).length > 1) return 'bad-request' // RFC 9112, 3.2.
  const asked = targetOf(request.url ?? '')
  if (asked === null) return 'bad-request'
  // HTTP/1.0 may come without a name. No browser does, so nobody can be lured here by one.
  const name = (asked.authority ?? request.headers.host ?? site.publicUrl.host).toLowerCase()
  if (!hostForm.test(name)) return 'bad-request'
  const peer = plainAddress(request.socket.remoteAddress)
  if (!isKnownName(site, name, request)) return 'host-unknown'
  return {
    target: asked.target,
    path: asked.target.split('?', 1)[0]!,
    address: clientAddress(site, peer, request),
    host: isTrusted(site, peer) ? site.publicUrl.host : name,
  }
}

/** RFC 3986, 3.2.2 and 3.2.3; names as DNS has them. */
const hostForm = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/

/** Node's parser lets through more than Node's client takes (RFC 3986 has none of it): a tab, a byte above 127. */
const printable = /^[\x21-\x7e]*$/

/** RFC 9112, 3.2: a path, or as from a proxy the whole address. `*` and anything else names nothing that we have. */
function targetOf(url: string): { readonly target: string; readonly authority?: string } | null {
  if (!printable.test(url)) return null
  if (url.startsWith('/')) return { target: url }
  const whole = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url)
  if (whole === null) return null
  const [, authority = '', rest = ''] = whole
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority }
}

/**
 * DNS rebinding: a page of evil.example whose name now leads to our address is, to the browser, its own site. So only
 * names count that are ours: the public one, where we listen, this machine's for who is on it, and the very address at
 * which the connection arrived, since an address is no name that a stranger can point elsewhere.
 */
function isKnownName(site: Site, name: string, request: IncomingMessage): boolean {
  const { publicUrl, listeningAt } = site
  const { hostname, port } = split(name)
  if (name === publicUrl.host || name === `${publicUrl.hostname}:${defaultPort(publicUrl)}`) return true
  const arrivedAt = plainAddress(request.socket.localAddress)
  // Any port: `ssh -L 9000:localhost:8420` is the same machine's browser.
  if (isLoopback(arrivedAt) && loopbackNames.has(hostname)) return true
  if (port !== String(listeningAt.port) && port !== String(request.socket.localPort)) return false
  return hostname === bracketed(listeningAt.host.toLowerCase()) || hostname === bracketed(arrivedAt)
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
const defaultPort = (url: URL): string => (url.protocol === 'https:' ? '443' : '80')

function split(name: string): { readonly hostname: string; readonly port: string } {
  const at = name.lastIndexOf(':')
  return at > name.lastIndexOf(']')
    ? { hostname: name.slice(0, at), port: name.slice(at + 1) }
    : { hostname: name, port: '80' }
}

/**
 * Each proxy appends who came to it, so the list is to be believed from its right end, as far as our own proxies reach;
 * what stands further left was written by the client itself.
 */
function clientAddress(site: Site, peer: string, request: IncomingMessage): string {
  if (!isTrusted(site, peer)) return peer
  const told = (request.headersDistinct['x-forwarded-for'] ?? []).join(',').split(',')
  for (const entry of told.toReversed()) {
    const address = plainAddress(withoutPort(entry.trim()))
    if (isIP(address) === 0) return peer
    if (!isTrusted(site, address)) return address
  }
  return peer
}

/** `192.0.2.1:5060` and `[2001:db8::1]:5060` occur in practice. */
const withoutPort = (entry: string): string =>
  /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry

/** Whose places are counted together, of a `plainAddress`: a network of IPv6 has more addresses than could ever be counted. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const groups = [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}
