import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkout, layoutOf } from './layout.ts'
import { chooseUser } from './plain-user.ts'
import { TestTandem } from './testing/tandem.ts'

const parts = ['edge', 'postgres', 'engine', 'carrier', 'server'] as const
const self = process.getuid?.() ?? -1
const isRoot = self === 0
/** Who is no root starts it and works as himself. */
const worker = isRoot ? 8420 : self
const key = `tdm_12345678_${'k'.repeat(32)}`

const statusOf = (pid: number | null) =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/status`, 'utf8')
      .split('\n')
      .map((line) => line.split(/:\s*/))
      .map(([name, value]) => [name, value?.replaceAll('\t', ' ').trim()]),
  )

/** Of a process without any privilege. */
function withoutPrivilege(id: number) {
  const none = '0000000000000000'
  const ids = Array.from({ length: 4 }, () => id).join(' ')
  return { Uid: ids, Gid: ids, Groups: '', CapInh: none, CapPrm: none, CapEff: none, CapAmb: none, NoNewPrivs: '1' }
}

/** Every process of Tandem, the supervisor and Postgres' own children too. */
function everyPid(tandem: TestTandem): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parentOf = new Map(pids.map((pid) => [pid, parent(pid)]))
  const isBelow = (pid: number): boolean =>
    pid === tandem.pid || (parentOf.has(pid) && pid !== process.pid && isBelow(parentOf.get(pid) ?? 0))
  return pids.filter(isBelow)
}

function parent(pid: number): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // Gone meanwhile.
  }
}

describe('started by root', () => {
  let tandem: TestTandem
  beforeAll(async () => {
    tandem = await new TestTandem().start({ TANDEM_BOOTSTRAP_KEY: key })
  })
  afterAll(() => tandem.remove())

  it('no process is root, has a privilege or can get one', () => {
    const pids = everyPid(tandem)
    expect(pids.length).toBeGreaterThan(parts.length)
    for (const pid of pids) expect(statusOf(pid)).toMatchObject(withoutPrivilege(worker))
  })

  it('the data folder is his and nobody else may enter it', () => {
    const { uid, gid, mode } = statSync(tandem.layout.data)
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: worker, gid: worker, mode: 0o700 })
  })

  it('the first operator key is told to the server alone', () => {
    const told = parts.filter((name) => readFileSync(`/proc/${tandem.part(name).pid}/environ`, 'utf8').includes(key))
    expect(told).toEqual(['server'])
  })
})

describe('started by root, it works', () => {
  let folder: string
  let tandem: TestTandem | undefined
  afterEach(async () => {
    await tandem?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('on data in a folder that only root may enter', async () => {
    folder = closedFolder(tmpdir())
    tandem = await new TestTandem(layoutOf(join(folder, 'data'))).start()
    for (const name of parts) expect(statusOf(tandem.part(name).pid)).toMatchObject(withoutPrivilege(worker))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('on the data of a version that worked as root and trusted everybody on the socket', async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-old-'))
    const first = await new TestTandem(layoutOf(join(folder, 'data'))).start()
    first.signal('SIGTERM')
    await first.exit()
    for (const path of ['.', ...readdirSync(first.layout.data, { recursive: true, encoding: 'utf8' })])
      lchownSync(join(first.layout.data, path), self, self)
    const rules = join(first.layout.postgres, 'pg_hba.conf')
    writeFileSync(rules, 'local all all trust\n')
    tandem = await new TestTandem(first.layout).start()
    expect(statusOf(tandem.part('postgres').pid)).toMatchObject(withoutPrivilege(worker))
    expect(readFileSync(rules, 'utf8')).not.toContain('trust')
  })

  it('and a link to a file of somebody else in the data does not give that file away', async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-link-'))
    const foreign = join(folder, 'foreign')
    writeFileSync(foreign, '')
    mkdirSync(join(folder, 'data'))
    linkSync(foreign, join(folder, 'data/link'))
    tandem = await new TestTandem(layoutOf(join(folder, 'data'))).start()
    expect(statSync(foreign).uid).toBe(self)
  })
})

describe('started by root, a checkout', () => {
  let folder: string
  let tandem: TestTandem | undefined
  afterEach(async () => {
    await tandem?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    { where: 'in a folder that only root may enter', mode: 0o755 },
    { where: 'that only root may enter itself', mode: 0o700 },
  ])('$where works', async ({ mode }) => {
    folder = closedFolder(join(checkout, '.tools'))
    const copy = copyOfCheckout(folder)
    chmodSync(copy, mode)
    const node = join(copy, relative(checkout, process.execPath))
    tandem = new TestTandem(layoutOf(join(copy, '.data')), { node, checkout: copy })
    await tandem.start()
    for (const name of parts) expect(statusOf(tandem.part(name).pid)).toMatchObject(withoutPrivilege(worker))
  })

  it('that the user may not read is named', async () => {
    folder = closedFolder(join(checkout, '.tools'))
    const copy = copyOfCheckout(folder)
    chmodSync(join(copy, 'server'), 0o700)
    const node = join(copy, relative(checkout, process.execPath))
    tandem = await new TestTandem(layoutOf(join(folder, 'data')), { node, checkout: copy }).start()
    expect(tandem.output.includes(`Tandem goes on as root: user 8420 cannot read ${copy}`)).toBe(isRoot)
    // CAP_DAC_OVERRIDE and CAP_SETFCAP are what is left of root's power.
    expect(statusOf(tandem.part('engine').pid)).toMatchObject({
      CapEff: isRoot ? '0000000080000002' : '0000000000000000',
      NoNewPrivs: '1',
    })
  })
})

function closedFolder(at: string): string {
  return mkdtempSync(join(at, 'closed-')) // Its mode is 0700.
}

/** By hard links: quick, and no bytes. */
function copyOfCheckout(folder: string): string {
  const copy = join(folder, 'checkout')
  const needed = [
    'supervisor',
    'server',
    'contract',
    'deploy',
    'web/dist',
    'package.json',
    'node_modules',
    '.tools/node_modules',
    '.tools/asterisk',
  ]
  mkdirSync(copy)
  const present = needed.filter((name) => statSync(join(checkout, name), { throwIfNoEntry: false }) !== undefined)
  spawnSync('cp', ['--archive', '--link', '--parents', ...present, copy], { cwd: checkout })
  chmodSync(copy, 0o755)
  return copy
}

describe('who it works as', () => {
  const data = mkdtempSync(join(tmpdir(), 'tandem-user-'))
  afterAll(() => rmSync(data, { recursive: true }))

  it('the named one', () => {
    expect(chooseUser({ data, user: 'daemon' })).toEqual({ uid: 1, gid: 1 })
    expect(chooseUser({ data, user: '4711' })).toEqual({ uid: 4711, gid: 4711 })
  })
  it.each(['root', '0', 'nobody-has-this-name'])('never %s', (user) => {
    expect(() => chooseUser({ data, user })).toThrow(/^user: /)
  })
  it('who owns the data folder, if that is not root', () => {
    expect(chooseUser({ data: '/', user: null })).toEqual({ uid: 8420, gid: 8420 })
    const [uid, gid] = isRoot ? [1234, 1235] : [self, process.getgid?.()]
    if (isRoot) chownSync(data, 1234, 1235)
    expect(chooseUser({ data, user: null })).toEqual({ uid, gid })
  })
})
