import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Api } from './kit/api.ts'
import { setUpOrganization } from './kit/outsider.ts'
import { processesOf } from './kit/processes.ts'
import { shared } from './kit/stage.ts'
import { startTandem } from './kit/tandem.ts'
import { until } from './kit/until.ts'

const supervisor = resolve(import.meta.dirname, '../supervisor/main.ts')

/** Runs the supervisor to its end. */
async function run(
  environment: Record<string, string>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [supervisor], { env: { ...process.env, ...environment } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, output }
}

test('started twice on the same data, it says so and stops', async () => {
  const { data, address } = shared()
  const { code, output } = await run({ TANDEM_DATA: data, TANDEM_PORT: '0' })
  expect(code).toBe(1)
  expect(output).toContain(data)
  expect(output).toContain(address)
})

test('a taken port is named, with what to do', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as AddressInfo
  const data = join(shared().data, 'another')
  const { code, output } = await run({ TANDEM_DATA: data, TANDEM_PORT: `${port}` })
  squatter.close()
  expect(code).toBe(1)
  expect(output).toContain(`${port}`)
  expect(output).toContain('TANDEM_PORT')
})

test('nonsense in the configuration is named by its path', async () => {
  const { code, output } = await run({ TANDEM_DATA: join(shared().data, 'another'), TANDEM_PORT: 'many' })
  expect(code).not.toBe(0)
  expect(output).toMatch(/TANDEM_PORT|port/)
})

test('after a crash of everything at once the next start has all data, is healthy, and stops without a trace', async () => {
  const first = await startTandem({ name: 'crash-1', config: { demo: false } })
  const organization = await setUpOrganization(new Api(first.address, first.operatorKey), { organizationMs: 60_000 })
  await first.crash()

  const { data, operatorKey } = first
  const second = await startTandem({ name: 'crash-2', config: { demo: false }, data, operatorKey })
  const operator = new Api(second.address, operatorKey)
  const { body } = await operator.ask('GET', '/api/organizations')
  expect(JSON.stringify(body)).toContain(organization.id)
  await second.stop()
})

test('a process that a story forgot would be found', async () => {
  const mark = `FORGOTTEN=${randomUUID()}`
  const forgotten = spawn('tail', ['-f', '/dev/null'], { env: { FORGOTTEN: mark.slice('FORGOTTEN='.length) } })
  await until('it runs', () => processesOf(mark, mark).some(({ pid }) => pid === forgotten.pid))
  forgotten.kill()
  await until('it is gone', () => processesOf(mark, mark).length === 0)
})
