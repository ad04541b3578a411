/** What no browser sends, and strangers do. `%HOST%` stands for a name that is ours. */
const upgradeHeaders =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n'

const targets = [
  '//',
  '///',
  '//a:99999/',
  '//[',
  '/\\',
  '/%',
  '/%ff%fe',
  '/%00',
  '/a\tb',
  '/\xff\xfe',
  '/api/%',
  '/api/events/%E0%A4%A',
  '/assets/..%2f..%2f..%2fetc/passwd',
  '/../../etc/passwd',
  'http://[',
  'http://',
  'http://a:99999/',
  'http://%HOST%/%',
  'ftp://%HOST%/',
  'javascript:1',
  '*',
  '?',
  '#',
  'no-slash',
  '//?ticket=a.b.c',
  '/sip?ticket=%',
  '/sip?ticket=a.b.c.d',
  '/sip?%ff',
  '/carrier-sip?ticket=e30.e30',
  '/api/events?after=%',
  `/${'a'.repeat(9_000)}`,
]

const lines = [
  'GET / HTTP/1.1\r\n', // No Host.
  'GET / HTTP/1.1\r\nHost: %HOST%\r\nHost: %HOST%\r\n',
  'GET / HTTP/1.1\r\nHost: a b\r\n',
  'GET / HTTP/1.1\r\nHost: [\r\n',
  'GET / HTTP/1.1\r\nHost: \xff\r\n',
  'GET / HTTP/1.1\r\nHost: evil.example@%HOST%\r\n',
  'GET / HTTP/1.1\r\nHost: %HOST%\r\nX: \x01\r\n',
  'GET / HTTP/1.1\r\nHost: %HOST%\r\n folded: 1\r\n',
  'GET / HTTP/1.1\r\nHost: %HOST%\r\n: empty\r\n',
  'GET / HTTP/1.1\r\nHost: %HOST%\nX: y\r\n\rZ: \r\n',
  `GET / HTTP/1.1\r\nHost: %HOST%\r\nX: ${'x'.repeat(70_000)}\r\n`,
  'GET / HTTP/9.9\r\nHost: %HOST%\r\n',
  'GET /\r\n',
  'NONSENSE / HTTP/1.1\r\nHost: %HOST%\r\n',
  'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: %HOST%\r\n',
  'TRACE // HTTP/1.1\r\nHost: %HOST%\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: %HOST%\r\n',
  'PROPFIND /api/calls HTTP/1.1\r\nHost: %HOST%\r\n',
  'POST /api/session HTTP/1.1\r\nHost: %HOST%\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n',
  'POST /api/session HTTP/1.1\r\nHost: %HOST%\r\nContent-Length: -1\r\n',
  'POST /api/session HTTP/1.1\r\nHost: %HOST%\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
  'POST /api/session HTTP/1.1\r\nHost: %HOST%\r\nExpect: nonsense\r\n',
  'POST /sip HTTP/1.1\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n', // TLS.
  'REGISTER sip:tandem SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1\r\n',
]

const upgrades = [
  'GET /sip HTTP/1.1\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n',
  'GET /sip HTTP/1.1\r\nHost: %HOST%\r\nConnection: close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
  'GET /sip HTTP/1.0\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
  'GET /sip HTTP/1.1\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n',
  'GET /sip HTTP/1.1\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  'GET /api/events HTTP/1.1\r\nHost: %HOST%\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
  `GET /sip HTTP/1.1\r\nHost: %HOST%\r\n${upgradeHeaders}Content-Length: 5\r\n`,
  `GET /sip HTTP/1.1\r\nHost: evil.example\r\n${upgradeHeaders}`,
]

/** Latin-1 bytes, each the whole of one request. */
export const malformedRequests = (host: string): readonly string[] =>
  [
    ...targets.flatMap((target) => [
      `GET ${target} HTTP/1.1\r\nHost: %HOST%\r\n\r\n`,
      `GET ${target} HTTP/1.1\r\nHost: %HOST%\r\n${upgradeHeaders}\r\n`,
    ]),
    ...[...lines, ...upgrades].map((head) => `${head}\r\n`),
  ].map((request) => request.replaceAll('%HOST%', host))
