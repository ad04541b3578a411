import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { layoutOf, type Layout } from './layout.ts'
import { takeLock } from './lock.ts'

let layout: Layout
beforeEach(() => {
  layout = layoutOf(mkdtempSync(join(tmpdir(), 'tandem-lock-')))
})
afterEach(() => rmSync(layout.data, { recursive: true }))

it('is held once, and says by whom', async () => {
  const lock = await takeLock(layout)
  lock.announce('http://127.0.0.1:8420')
  expect(JSON.parse(readFileSync(layout.lockFile, 'utf8'))).toMatchObject({ pid: process.pid })
  await expect(takeLock(layout)).rejects.toThrow(`process ${process.pid}`)
  lock.release()
})

it('is free again after its release, whatever the file beside it says', async () => {
  const first = await takeLock(layout)
  first.announce('http://127.0.0.1:8420')
  first.release()
  const second = await takeLock(layout)
  second.release()
})

it('is of one data folder: another one is free', async () => {
  const other = layoutOf(mkdtempSync(join(tmpdir(), 'tandem-lock-')))
  const locks = [await takeLock(layout), await takeLock(other)]
  for (const lock of locks) lock.release()
  rmSync(other.data, { recursive: true })
})
