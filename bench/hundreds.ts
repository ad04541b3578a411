import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { call as callShape } from '@tandem/contract'
import { until } from '../e2e/kit/until.ts'
import { pause, within } from './load.ts'
import { cpuMs, type CpuMs } from './processes.ts'
import { atMost, byRatioAtMost, told, type BenchRow } from './row.ts'
import { startCarrier, startHolder, type HeldCall, type Holder } from './sip/sipp.ts'
import { DIALLED, startStage, type Stage, type StageCaller } from './stage.ts'

const CALLS = 300
/** So many of them carry speech, both ways: more, with what makes it, is too much for two cores. */
const SPEAKING = 50
/** Placed by so many members at once, each waiting for the answer before the next. */
const PLACED_BY = 8
/** One slice: each call reserves its next one once. */
const MEASURED_MS = 60_000
const SILENCE_MEASURED_MS = 10_000
const PATIENCE_MS = 60_000

/**
 * 300 calls of two legs that are up: what they cost while nobody does anything, and what becomes of them when the server
 * is killed.
 */
export async function run(): Promise<readonly BenchRow[]> {
  const stage = await startStage('bench-hundreds')
  const [carrier, silent, speaking] = await Promise.all([
    startCarrier({ echoes: true }),
    startHolder(stage.engine, { speaks: false }),
    startHolder(stage.engine, { speaks: true }),
  ])
  try {
    await stage.addTrunk(carrier)
    const calls = await place(CALLS - SPEAKING, stage, silent)
    const silence = await measured(stage, SILENCE_MEASURED_MS)
    calls.push(...(await place(SPEAKING, stage, speaking)))
    const rows = rowsOf(silence, await measured(stage, MEASURED_MS))
    return [...rows, ...(await restarted(stage)), await lost(calls)]
  } finally {
    await Promise.all([speaking.close(), silent.close(), carrier.close()])
    await stage.stop()
  }
}

/** One that is up, by its id, as its own member may ask for it. */
type UpCall = HeldCall & { readonly id: string; readonly member: StageCaller }

async function place(calls: number, { callers }: Stage, phones: Holder): Promise<UpCall[]> {
  let begun = 0
  const up: UpCall[] = []
  const one = async (): Promise<void> => {
    while (begun < calls) {
      const member = callers[begun++ % callers.length]!
      const { status, body } = await member.api.ask('POST', '/api/calls', { body: { to: { number: DIALLED } } })
      if (status !== 201) throw new Error(`refused: ${JSON.stringify(body)}`)
      const { call, dialIn } = body as { call: { id: string }; dialIn: { dial: string } }
      const held = await phones.call({ sipUser: member.sipUser, dial: dialIn.dial })
      up.push({ ...held, id: call.id, member })
    }
  }
  await within(PATIENCE_MS, `${calls} calls to be up`, Promise.all(Array.from({ length: PLACED_BY }, one)))
  return up
}

/** A second. */
type Measured = { readonly cpu: CpuMs; readonly packets: number }

async function measured({ tandem, ari }: Stage, ms: number): Promise<Measured> {
  // To ask costs the engine something, too: outside of the time in which its CPU is measured.
  const heardBefore = await packetsHeard(ari)
  const [before, from] = [cpuMs(tandem), performance.now()]
  await pause(ms)
  const [after, seconds] = [cpuMs(tandem), (performance.now() - from) / 1000]
  const heard = await packetsHeard(ari)
  const ofPart = (part: keyof CpuMs): number => (after[part] - before[part]) / seconds
  return {
    cpu: { server: ofPart('server'), postgres: ofPart('postgres'), engine: ofPart('engine'), edge: ofPart('edge') },
    packets: ((heard.packets - heardBefore.packets) / (heard.atMs - heardBefore.atMs)) * 1000,
  }
}

/** RTP, by all legs together, so far. */
async function packetsHeard(ari: Stage['ari']): Promise<{ readonly packets: number; readonly atMs: number }> {
  const from = performance.now()
  const channels = (await ari('GET', '/channels')) as readonly { readonly id: string }[]
  let packets = 0
  for (const { id } of channels)
    packets += ((await ari('GET', `/channels/${id}/rtp_statistics`)) as { readonly rxcount: number }).rxcount
  return { packets, atMs: (from + performance.now()) / 2 }
}

/** As if all spoke, and all were heard: what speech costs the engine grows with the packets. */
function rowsOf(silence: Measured, { cpu, packets }: Measured): readonly BenchRow[] {
  const ofSpeech = cpu.engine - silence.cpu.engine
  const engine = silence.cpu.engine + (ofSpeech * CALLS * 2 * PACKETS_PER_S) / packets
  const all = { value: cpu.server + cpu.edge, unit: 'ms/s', yardstick: engine, of: 'the engine’s' }
  return [
    byRatioAtMost(`${CALLS} calls up: CPU of server and edge`, all, 0.1),
    told('  of the engine, as it was measured', {
      value: cpu.engine,
      unit: 'ms/s',
      yardstick: silence.cpu.engine,
      of: 'without speech',
    }),
    told('  packets of speech', {
      value: packets,
      unit: '/s',
      yardstick: SPEAKING * 2 * PACKETS_PER_S,
      of: `${SPEAKING} calls’`,
    }),
    told('  CPU of Postgres', { value: cpu.postgres, unit: 'ms/s' }),
  ]
}

/** From each leg: 20 ms of speech in each. */
const PACKETS_PER_S = 50

/** The server says itself when the last call is under its hand again. */
async function restarted({ tandem }: Stage): Promise<readonly BenchRow[]> {
  const path = join(tandem.data, 'log/server.log')
  const from = statSync(path).size
  const killedAt = Date.now()
  tandem.kill('server')
  const adoptedAt = await until('the calls to be adopted', () => tookOver(path, from), PATIENCE_MS)
  const cpu = cpuMs(tandem).server
  return [
    atMost(
      `kill -9 of the server, ${CALLS} calls up → all adopted`,
      { value: adoptedAt - killedAt, unit: 'ms' },
      3_000,
    ),
    told('  CPU of the new server until then', { value: cpu, unit: 'ms' }),
  ]
}

/** When, by the server's own log; `null` = not yet. */
function tookOver(path: string, from: number): number | null {
  const lines = readFileSync(path).subarray(from).toString().split('\n')
  const line = lines.find((each) => each.includes('calls brought up to what the engine says'))
  if (line === undefined) return null
  const { time, calls } = JSON.parse(line) as { readonly time: string; readonly calls: number }
  return calls === CALLS ? Date.parse(time) : null
}

/** Each must have gone on until its caller hung up, on the wire and by what was written down. */
async function lost(calls: readonly UpCall[]): Promise<BenchRow> {
  const hungUp = new Set<UpCall>()
  const all = calls.map((call) => call.hangUp().then(() => hungUp.add(call)))
  await within(PATIENCE_MS, 'the calls to be hung up', Promise.all(all)).catch(() => undefined)
  const reasons = await Promise.all([...hungUp].map(endReasonOf))
  const asItShould = reasons.filter((reason) => reason === 'hangup-caller').length
  return atMost('  calls lost or ended by it', { value: calls.length - asItShould, unit: 'calls' }, 0)
}

const endReasonOf = ({ id, member }: UpCall): Promise<string> =>
  until('a call to be over', async () => (await member.api.get(`/api/calls/${id}`, callShape)).endReason, PATIENCE_MS)
