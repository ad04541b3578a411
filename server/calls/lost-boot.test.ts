import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel'
import {
  addCaller,
  connect,
  poolsOf,
  recordOf,
  startCallLab,
  stateIs,
  type CallLab,
} from '../testing/carriers/call-lab.ts'

let lab: CallLab

const NUMBER = { tone: '13000000002' }

beforeAll(async () => {
  lab = await startCallLab()
  await lab.addTrunk()
}, 60_000)

afterAll(() => lab.stop())

test('a life of the engine of which every trace is lost stops no take-over: its call is settled at its last sign of life, and told', async () => {
  const who = await addCaller(lab, { terms: { sliceMs: 30_000 as never, concurrency: { member: 1, organization: 1 } } })
  const talk = await connect(lab, who, NUMBER.tone)
  await stateIs(lab, talk, 'connected')
  await lab.leave()
  const lost = readFileSync(join(lab.asterisk.bootsDir, 'current'), 'utf8').trim()
  await lab.asterisk.kill()
  await lab.asterisk.restart()
  for (const folder of [lab.asterisk.bootsDir, lab.asterisk.celDir])
    for (const name of readdirSync(folder)) if (name.startsWith(lost)) rmSync(join(folder, name))
  await lab.asOwner(`DELETE FROM engine_event WHERE boot_id = '${lost}'`)
  const other = await addCaller(lab)
  const unused = { ...other, callId: newId<'call'>(), dialled: NUMBER.tone, sipUser: 'lab-phone' }
  await lab.takeOver()
  const record = await recordOf(lab, talk)
  expect(record).toMatchObject({ endReason: 'engine-failure', endedAt: record.answeredAt, overrunMs: 0 })
  expect(await poolsOf(lab, who)).toMatchObject([{ usedMs: record.ratedMs, heldMs: 0 }])
  expect(lab.faults).toContain('boot-unknown')
  expect(await lab.calls().place(unused)).toMatchObject({ ok: true })
  const again = { ...who, callId: newId<'call'>(), dialled: NUMBER.tone, sipUser: 'lab-phone' }
  expect(await lab.calls().place(again)).toMatchObject({ ok: true })
})
