import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'
import { outsider } from '../testing/outsider.ts'

const webRoot = mkdtempSync(join(tmpdir(), 'tdweb-'))
let house: House
beforeAll(async () => {
  mkdirSync(join(webRoot, 'assets'))
  writeFileSync(join(webRoot, 'index.html'), '<title>Tandem</title>')
  writeFileSync(join(webRoot, 'assets/app-1a2b.js'), 'export {}')
  house = await openHouse({ webRoot })
})
afterAll(async () => {
  await house.stop()
  rmSync(webRoot, { recursive: true })
})

const page = (path: string, accept = 'text/html') => outsider(house).send({ method: 'GET', path, headers: { accept } })

test.each(['/', '/console/members', '/calls/1'])('%s is the page, which nobody keeps', async (path) => {
  const { status, body, headers } = await page(path)
  expect([status, body, headers['cache-control']]).toEqual([200, '<title>Tandem</title>', 'no-cache'])
})

test('files with a hash in their name are kept for ever', async () => {
  const { status, headers } = await page('/assets/app-1a2b.js', '*/*')
  expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
})

test.each([
  ['a file that is not there', '/assets/gone.js', '*/*'],
  ['an unknown address of the API', '/api/nothing', 'text/html'],
  ['a file outside', '/../package.json', '*/*'],
])('%s is no page', async (_name, path, accept) => {
  expect((await page(path, accept)).body.code).toBe('not-found')
})
