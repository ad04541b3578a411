import { describe, expect, test } from 'vitest'
import { instant, later } from '#kernel'
import { doNotDisturbAt, isTrustedEndpoint } from './reach.ts'

const noon = instant(Date.UTC(2026, 10, 23, 4))

test.each([
  ['nothing', null, null],
  ['until he says otherwise', { until: null }, { until: null }],
  ['until a moment later', { until: later(noon, 1) }, { until: later(noon, 1) }],
  ['until this very moment', { until: noon }, null],
  ['until a moment ago', { until: later(noon, -1) }, null],
])('do not disturb: %s', (_, wish, counts) => expect(doNotDisturbAt(wish, noon)).toEqual(counts))

describe('an endpoint that a browser names is sent to', () => {
  const services = ['push.example.com', '*.notify.example.net', 'http://127.0.0.1:9000']
  const trusted = (endpoint: string) => isTrustedEndpoint(endpoint, services)

  test.each([
    'https://push.example.com/wpush/v2/gAAA?x=1',
    'https://PUSH.example.com/a',
    'https://push.example.com:443/a',
    'https://wns2-db5p.notify.example.net/w/?token=a%2b',
    'http://127.0.0.1:9000/a',
  ])('%s', (endpoint) => expect(trusted(endpoint)).toBe(true))

  test.each([
    ['another host', 'https://example.com/a'],
    ['one that only ends alike', 'https://evilpush.example.com/a'],
    ['one that only begins alike', 'https://push.example.com.evil.org/a'],
    ['one that ends alike without its dot', 'https://evilnotify.example.net/a'],
    ['the end alone', 'https://notify.example.net/a'],
    ['below one that is named', 'https://a.push.example.com/a'],
    ['with a dot behind', 'https://push.example.com./a'],
    ['no TLS', 'http://push.example.com/a'],
    ['another port', 'https://push.example.com:8443/a'],
    ['another port of this machine', 'http://127.0.0.1:9001/a'],
    ['the receiver by another name', 'http://localhost:9000/a'],
    ['somebody’s name', 'https://user@push.example.com/a'],
    ['somebody’s name that looks like the host', 'https://push.example.com@169.254.169.254/a'],
    ['a name for the receiver', 'http://a:b@127.0.0.1:9000/a'],
    ['a backslash that browsers read as a slash', 'https://169.254.169.254\\.push.example.com/a'],
    ['letters that only look alike', 'https://push.exаmple.com/a'],
    ['a blank', 'https://push.example.com/a b'],
    ['a file', 'file:///etc/passwd'],
    ['no address', 'push.example.com'],
  ])('not: %s', (_, endpoint) => expect(trusted(endpoint)).toBe(false))
})
