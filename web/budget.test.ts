import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FIRST_LOAD_LIMIT_BYTES, firstLoad } from './budget.ts'

const dist = mkdtempSync(join(tmpdir(), 'tandem-web-'))

beforeAll(() => {
  const vite = fileURLToPath(import.meta.resolve('vite'))
  const program = join(dirname(vite), '../../bin/vite.js')
  execFileSync(process.execPath, [program, 'build', import.meta.dirname, '--outDir', dist, '--logLevel', 'error'], {
    // Vitest's own environment would build React for development.
    env: { ...process.env, NODE_ENV: 'production' },
  })
})
afterAll(() => rmSync(dist, { recursive: true, force: true }))

test('the softphone is there within its budget', () => {
  const { bytes, files } = firstLoad(dist)
  expect(bytes, JSON.stringify(files)).toBeLessThanOrEqual(FIRST_LOAD_LIMIT_BYTES)
  // A closure that finds nothing would pass as well.
  expect(bytes).toBeGreaterThan(100_000)
})

test('what a first look does not need is loaded later', () => {
  const { files } = firstLoad(dist)
  expect(files.filter(({ file }) => /jssip|\/min-|console|handset/i.test(file))).toEqual([])
})
