import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { newId } from '#kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestTandem } from '../../supervisor/testing/tandem.ts'
import { openStores, type Stores } from '../adapters/postgres/index.ts'
import { anOrganization, aRecord, e164 } from '../adapters/postgres/testing-nouns.ts'

/** As an operator types it, while Tandem runs, with its own private database and the rights that the server has. */
const tandem = new TestTandem()
let stores: Stores | undefined
beforeAll(async () => {
  await tandem.start()
  stores = await openStores(tandem.runtime.database)
}, 60_000)
afterAll(async () => {
  await stores?.close()
  await tandem.remove()
})

function erase(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'erase.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, TANDEM_DATA: tandem.layout.data },
  })
  return { status, said: stdout + stderr }
}

test('a number that an organization called is forgotten; whoever asks wrongly is told how', async () => {
  const organization = anOrganization({ code: 'heron' })
  await stores!.directory.createOrganization(organization)
  const record = aRecord({ organizationId: organization.id, memberId: newId() }, { dialled: e164('8613900000001') })
  await stores!.records.append(record)
  const dialled = async () => (await stores!.records.ofCall(organization.id, record.callId))!.dialled
  const asked = (...args: readonly string[]) => erase('--organization', ...args)

  for (const wrong of [
    [],
    ['--organization', 'heron'],
    ['--organization', 'heron', '--number', '13900000001'],
    ['--numbers', 'x'],
  ])
    expect(erase(...wrong)).toMatchObject({ status: 64, said: expect.stringContaining('npm run erase') })
  expect(asked('egret', '--number', '+8613900000001')).toMatchObject({ status: 64 })
  expect(asked('heron', '--number', '+8613900000002')).toMatchObject({
    status: 0,
    said: expect.stringMatching(/^0 writings/),
  })
  expect(await dialled()).toBe(record.dialled)

  expect(asked('heron', '--number', '+86 139 0000 0001')).toMatchObject({
    status: 0,
    said: expect.stringMatching(/^1 writings/),
  })
  expect(await dialled()).toBe('')
  const nowhere = asked('heron', '--number', '+8613900000001', '--data', '/nowhere')
  expect(nowhere).toMatchObject({ status: 69, said: expect.stringContaining('/nowhere') })
})
