import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Boot } from './boots.ts'
import { layoutOf } from './layout.ts'
import { malformedRequests } from './testing/malformed.ts'
import { sendRaw, statusOf } from './testing/raw.ts'
import { TestTandem } from './testing/tandem.ts'

const parts = ['edge', 'postgres', 'engine', 'carrier', 'server'] as const

describe('a running Tandem', () => {
  let tandem: TestTandem
  beforeAll(async () => {
    tandem = await new TestTandem().start()
  })
  afterAll(() => tandem.remove())

  it.each(parts)('brings %s back when it is killed', async (name) => {
    const before = tandem.part(name)
    const pid = tandem.kill(name)
    const after = await tandem.untilPart(name, { state: 'up', restarts: before.restarts + 1 })
    expect(after.pid).not.toBe(pid)
    expect(after.lastExit).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('records when the engine ended, under the id that its channels carried', async () => {
    const boot = bootOf(tandem, currentBoot(tandem))
    expect(boot.exitedAt).toBeNull()
    const before = Date.now()
    tandem.kill('engine')
    await tandem.untilPart('engine', { state: 'up', restarts: tandem.part('engine').restarts + 1 })
    const ended = bootOf(tandem, boot.bootId)
    expect(ended).toMatchObject({ exitCode: null, exitSignal: 'SIGKILL' })
    expect(ended.exitedAt).toBeGreaterThanOrEqual(before)
    expect(currentBoot(tandem)).not.toBe(boot.bootId)
    expect(readFileSync(join(tandem.runtime.engine.etcDir, 'asterisk.conf'), 'utf8')).toContain(currentBoot(tandem))
  })

  it('leaves a held part down until it is released, and its address answers meanwhile', async () => {
    tandem.hold('server')
    tandem.kill('server')
    await tandem.untilPart('server', { state: 'held', pid: null })
    expect((await fetch(`${tandem.runtime.publicUrl}/api/health`)).status).toBe(503)
    tandem.release('server')
    await tandem.untilPart('server', { state: 'up' })
    expect((await fetch(`${tandem.runtime.publicUrl}/api/health`)).status).toBe(200)
  })

  it('loses its edge to no request, be the server up or away, and writes none of it', () => strangersTry(tandem))

  it('keeps what was compiled', () => expect(readdirSync(tandem.layout.code)).not.toEqual([]))

  it('is not started twice on the same data', async () => {
    const second = new TestTandem(tandem.layout)
    second.spawn()
    expect(await second.exit()).toBe(1)
    expect(second.output).toContain(`already runs on ${tandem.layout.data}`)
  })

  it('names a taken port and says what to do', async () => {
    const other = new TestTandem()
    const { port } = tandem.runtime.edge
    other.spawn({ TANDEM_PORT: String(port) })
    expect(await other.exit()).toBe(1)
    expect(other.output).toContain(`Port ${port} on 127.0.0.1 is taken`)
    expect(other.output).toContain('TANDEM_PORT=')
    await other.remove()
  })
})

it('says which data folder cannot be used', async () => {
  const other = new TestTandem()
  other.spawn({ TANDEM_DATA: import.meta.filename })
  expect(await other.exit()).toBe(1)
  expect(other.output).toMatch(/main\.test\.ts cannot be made or written \(EEXIST\)\. Set TANDEM_DATA/)
  await other.remove()
})

async function strangersTry(tandem: TestTandem): Promise<void> {
  const { port } = tandem.runtime.edge
  const { restarts } = tandem.part('edge')
  const sendAll = async () => {
    for (const request of malformedRequests(`127.0.0.1:${port}`)) {
      const status = statusOf(await sendRaw(port, request, /^HTTP\/1\.1 \d{3} /))
      expect([500, 501, 502, 504], request.slice(0, 100)).not.toContain(status)
    }
  }
  await sendAll()
  tandem.hold('server')
  tandem.kill('server')
  await tandem.untilPart('server', { state: 'held' })
  await sendAll()
  tandem.release('server')
  await tandem.untilPart('server', { state: 'up' })
  expect(tandem.part('edge')).toMatchObject({ state: 'up', restarts })
  expect(readFileSync(join(tandem.layout.log, 'edge.log'), 'utf8')).toBe('')
}

describe('a Tandem that ends', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s stops in order and leaves no process', async (signal) => {
    const tandem = await new TestTandem().start()
    tandem.signal(signal)
    expect(await tandem.exit()).toBe(0)
    await tandem.untilNoProcessIsLeft()
    for (const name of parts) expect(tandem.part(name)).toMatchObject({ state: 'stopped', pid: null })
    await tandem.remove()
  })

  it('by SIGKILL leaves no process, and starts again on the same data', async () => {
    const killed = await new TestTandem().start()
    killed.signal('SIGKILL')
    await killed.untilNoProcessIsLeft()
    expect(bootOf(killed, currentBoot(killed)).exitedAt).toBeNull()
    const again = await new TestTandem(killed.layout).start()
    await again.remove()
  })

  it('because the server does not start says so with its last words, and leaves no process', async () => {
    const tandem = new TestTandem()
    tandem.spawn({ TANDEM_SERVER: 'supervisor/testing/no-such-file.ts' })
    expect(await tandem.exit()).toBe(1)
    expect(tandem.output).toContain('The part "server" ended with exit code 1')
    expect(tandem.output).toContain('no-such-file.ts')
    await tandem.untilNoProcessIsLeft()
    await tandem.remove()
  })

  it('works in a data folder whose path is too long for a socket', async () => {
    const short = new TestTandem()
    const long = new TestTandem(layoutOf(join(short.layout.data, 'x'.repeat(60), 'y'.repeat(60))))
    await long.start()
    long.signal('SIGTERM') // Not killed: the folder of the socket, which lies elsewhere, is to go too.
    expect(await long.exit()).toBe(0)
    await long.remove()
    await short.remove()
  })
})

function currentBoot(tandem: TestTandem): string {
  return readFileSync(join(tandem.layout.boots, 'current'), 'utf8')
}

function bootOf(tandem: TestTandem, bootId: string): Boot {
  return JSON.parse(readFileSync(join(tandem.layout.boots, `${bootId}.json`), 'utf8')) as Boot
}
