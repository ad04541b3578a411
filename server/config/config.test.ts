import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'tdconf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (yaml: string | null, environment: { readonly [name: string]: string } = {}) => {
  const file = join(folder, 'tandem.yaml')
  if (yaml === null) rmSync(file, { force: true })
  else writeFileSync(file, yaml)
  return readConfig(environment, folder)
}

const configOf = (yaml: string | null, environment?: { readonly [name: string]: string }) => {
  const answer = read(yaml, environment)
  if (!answer.ok) throw new Error(answer.faults.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return answer.config
}

const faultsOf = (yaml: string, environment?: { readonly [name: string]: string }) => {
  const answer = read(yaml, environment)
  return answer.ok ? [] : answer.faults.map(({ path, message }) => `${path}: ${message}`)
}

describe('without anything', () => {
  test('it is a demo on this machine', () => {
    expect(configOf(null)).toMatchObject({
      host: '127.0.0.1',
      port: 8420,
      demo: true,
      databaseUrl: null,
      databaseOwnerUrl: null,
      publicUrl: null,
      trustedProxies: [],
      engine: { sipHost: '127.0.0.1', sipPort: 0 },
      calls: { ringTimeoutMs: 60_000, browserGoneMs: 15_000, abandonedMs: 20_000 },
      logLevel: 'info',
    })
  })
})

describe('what is told', () => {
  test('in the file counts, and its paths are relative to it', () => {
    expect(configOf('port: 9000\ndata: mine\ncalls: { abandonedMs: 5000 }')).toMatchObject({
      port: 9000,
      data: join(folder, 'mine'),
      calls: { abandonedMs: 5000, ringTimeoutMs: 60_000 },
    })
  })

  test('in the environment wins', () => {
    const environment = {
      TANDEM_PORT: '0',
      TANDEM_DATA: 'other',
      DATABASE_URL: 'postgres://db/tandem',
      DATABASE_OWNER_URL: 'postgres://owner@db/tandem',
    }
    expect(configOf('port: 9000\ndata: mine', environment)).toMatchObject({
      port: 0,
      data: join(folder, 'other'),
      databaseUrl: 'postgres://db/tandem',
      databaseOwnerUrl: 'postgres://owner@db/tandem',
    })
  })

  test('in the environment as a list has commas', () => {
    expect(configOf('trustedProxies: [192.0.2.1]').trustedProxies).toEqual(['192.0.2.1'])
    const environment = { TANDEM_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/24,2001:db8::/32' }
    expect(configOf('trustedProxies: [192.0.2.1]', environment).trustedProxies).toEqual([
      '127.0.0.1',
      '10.0.0.0/24',
      '2001:db8::/32',
    ])
  })

  test('in a file by another name is read from there', () => {
    const file = join(folder, 'other.yaml')
    writeFileSync(file, 'port: 9100')
    expect(configOf(null, { TANDEM_CONFIG: file })).toMatchObject({ port: 9100 })
  })
})

describe('a fault says where, what is wrong and what to do', () => {
  test.each([
    ['a name that nobody knows', 'prot: 9000', {}, ': does not know prot; correct the name or remove it'],
    [
      'an inner name',
      'engine: { sipport: 1 }',
      {},
      'engine: does not know engine.sipport; correct the name or remove it',
    ],
    [
      'a port too high',
      'port: 99999',
      {},
      'port: Too big: expected number to be <=65535 (it is 99999); change it in the file or in TANDEM_PORT',
    ],
    [
      'a port that is no number',
      '',
      { TANDEM_PORT: 'http' },
      'port: Invalid input: expected number, received string (it is "http"); change it in the file or in TANDEM_PORT',
    ],
    [
      'seconds for milliseconds',
      'calls: { abandonedMs: 20 }',
      {},
      'calls.abandonedMs: Too small: expected number to be >=1000 (it is 20)',
    ],
    [
      'another database',
      'databaseUrl: mysql://root:secret@db',
      {},
      'databaseUrl: must begin with postgres:// or postgresql://; change it in the file or in DATABASE_URL',
    ],
    ['a file that is a list', '- port', {}, ': must be a list of settings such as "port: 8420"'],
    [
      'a file that is not there',
      '',
      { TANDEM_CONFIG: 'absent.yaml' },
      ': there is no such file; create it, or unset TANDEM_CONFIG',
    ],
  ])('%s', (...[, yaml, environment, fault]) => {
    expect(faultsOf(yaml, environment)).toEqual([fault])
  })

  test('an owner of no database', () =>
    expect(faultsOf('databaseOwnerUrl: postgres://owner:secret@db/tandem')).toEqual([
      'databaseOwnerUrl: is the second login of a database of your own; set databaseUrl (DATABASE_URL) as well, or leave out both',
    ]))
  test('a secret in a wrong setting is not repeated', () => {
    const yaml = 'databaseUrl: mysql://root:secret@db\ndatabaseOwnerUrl: mysql://root:secret@db'
    expect(faultsOf(yaml)).toHaveLength(2)
    expect(faultsOf(yaml).join()).not.toContain('secret')
  })

  test('no YAML', () => expect(faultsOf('port: [')[0]).toMatch(/^: is not YAML: .* at line 1/))
  test('a narrow range of ports', () =>
    expect(faultsOf('engine: { rtpPortFirst: 10000, rtpPortLast: 10010 }')[0]).toMatch(/no usable range/))
  test('a key of the wrong form', () =>
    expect(faultsOf('', { TANDEM_BOOTSTRAP_KEY: 'short' })[0]).toMatch(/^TANDEM_BOOTSTRAP_KEY: must look like tdm_/))
})

test.each(['proxy.example.com', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.1/', '10.0.0.0/8/8', ''])(
  'no proxy is trusted as %j',
  (proxy) => {
    expect(faultsOf(`trustedProxies: [${JSON.stringify(proxy)}]`)).toEqual([
      `trustedProxies.0: must be an address such as 127.0.0.1 or a network such as 10.0.0.0/24 (it is ${JSON.stringify(proxy)}); change it in the file or in TANDEM_TRUSTED_PROXIES`,
    ])
  },
)

describe("the demo's passwords are public, so it", () => {
  test.each([
    ['listens on this machine only', 'host: 0.0.0.0', 'host'],
    ['speaks to carriers on this machine only', 'engine: { sipHost: 192.0.2.1 }', 'engine.sipHost'],
    ['has no public address', 'publicUrl: https://calls.example.com', 'publicUrl'],
  ])('%s', (...[, yaml, path]) => {
    expect(faultsOf(yaml)[0]).toMatch(new RegExp(`^${path}: .*set demo: false`))
    expect(faultsOf(`${yaml}\ndemo: false`)).toEqual([])
  })
})

const NO_SERVICE = 'must be a host such as push.example.com, or *.example.com for all below one'

test.each([
  'https://push.example.com/',
  'push.example.com:8443',
  '*.com',
  'localhost',
  'http://192.0.2.1:9000',
  'http://127.0.0.1',
  '',
])('nothing is pushed by way of %j', (service) => {
  expect(faultsOf(`push: { services: [${JSON.stringify(service)}] }`)).toEqual([
    `push.services.0: ${NO_SERVICE} (it is ${JSON.stringify(service)})`,
  ])
})

test('a push service turns to an address or a page', () => {
  expect(faultsOf('push: { contact: ops }')).toEqual([
    'push.contact: must begin with mailto: or https:// (it is "ops")',
  ])
  expect(configOf('push: { contact: "mailto:ops@example.com" }').push.contact).toBe('mailto:ops@example.com')
})
