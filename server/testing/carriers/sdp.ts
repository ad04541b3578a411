/** What a telephone without pictures offers or takes: the profile of the media line, then its attributes (RFC 8866, 5.14). */
export const SPEECH = ['RTP/AVP 8 101', 'rtpmap:8 PCMA/8000', 'rtpmap:101 telephone-event/8000', 'fmtp:101 0-15']

export const sdpOf = (host: string, port: number, [profile = '', ...attributes]: readonly string[]): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} ${profile}`,
    ...attributes.map((attribute) => `a=${attribute}`),
    '',
  ].join('\r\n')

/** Where the other side wants its speech; `null`: nowhere. */
export function mediaOf(sdp: string): { readonly host: string; readonly port: number } | null {
  const host = /c=IN IP4 (\S+)/.exec(sdp)?.[1]
  const port = Number(/m=audio (\d+)/.exec(sdp)?.[1])
  return host !== undefined && port > 0 ? { host, port } : null
}
