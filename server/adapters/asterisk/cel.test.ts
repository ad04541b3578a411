import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCel } from './cel.ts'

/** A call through Asterisk 22.10, answered and hung up, and one that was refused. */
const LOG = readFileSync(join(import.meta.dirname, 'cel.sample.csv'))
const whole = parseCel(LOG, { offset: 0, isFinal: false })
const starts = whole.lines.map(({ byteOffset }) => byteOffset)
const endOfLine = (cut: number): number => starts.find((start) => start > cut) ?? LOG.length

const read = (bytes: Buffer, isFinal = false) => parseCel(bytes, { offset: 0, isFinal })
const named = (lines: typeof whole.lines) => lines.map(({ type, at, channelId }) => `${type} ${at} ${channelId}`)
/** Without the line of which something was cut away. One that lost nothing but its newline is whole. */
const exceptCut = (cut: number) =>
  named(whole.lines.filter(({ byteOffset }) => endOfLine(byteOffset) <= cut || byteOffset > cut))
const NEWLINE = 0x0a
const cuts = Array.from({ length: LOG.length }, (_, cut) => cut)

test('a real log is read whole', () => {
  expect(whole).toMatchObject({ damages: [], nextOffset: LOG.length })
  expect(whole.lines).toHaveLength(14)
  expect(whole.lines.at(2)).toMatchObject({ type: 'CHAN_START', channelId: '8cf350c9-5a5e-5ab3-b19b-75921d300fb8' })
})

describe('wherever a log is torn', () => {
  test('what comes later completes it: nothing is lost and nothing is damaged', () => {
    for (const cut of cuts) {
      const first = read(LOG.subarray(0, cut))
      const second = parseCel(LOG.subarray(first.nextOffset), { offset: first.nextOffset, isFinal: false })
      expect([...first.lines, ...second.lines]).toEqual(whole.lines)
      expect([...first.damages, ...second.damages]).toEqual([])
    }
  })

  test.each([
    ['and goes on in a new line', '\n'],
    ['and goes on without one', ''],
  ])('%s, every whole line is read, and what is damaged is told once', (_, glue) => {
    for (const cut of cuts.filter((one) => one < starts.at(-1)!)) {
      const torn = Buffer.concat([LOG.subarray(0, cut), Buffer.from(glue), LOG.subarray(endOfLine(cut))])
      const { lines, damages, nextOffset } = read(torn)
      const expected = LOG[cut] === NEWLINE ? named(whole.lines) : exceptCut(cut)
      expect([cut, named(lines)]).toEqual([cut, expected])
      expect(nextOffset).toBe(torn.length)
      expect(damages.length).toBeLessThanOrEqual(1)
    }
  })

  test('and its engine is dead, nothing waits for the rest', () => {
    for (const cut of cuts) {
      const { lines, damages, nextOffset } = read(LOG.subarray(0, cut), true)
      expect(nextOffset).toBe(cut)
      const told = damages.reduce((sum, { bytes }) => sum + bytes, 0)
      const read14 = lines.length === 0 ? 0 : endOfLine(lines.at(-1)!.byteOffset)
      expect(told + Math.min(read14, cut)).toBe(cut)
    }
  })
})

const field = (text: string) => `"${text.replaceAll('"', '""')}"`
const line = (type: string, time: string, name = '') =>
  `${[type, time, 'c', 'c', 'call', name, '', ''].map(field).join(',')}\n`

test('a newline inside quotes does not end a line; a line that makes no sense is stepped over', () => {
  const text = `${line('ANSWER', '1.5', 'a\nb')}nonsense\n${line('HANGUP', '2.25')}"torn`
  const { lines, damages, nextOffset } = parseCel(Buffer.from(text), { offset: 100, isFinal: false })
  const second = line('ANSWER', '1.5', 'a\nb').length
  expect(lines.map(({ type, at, byteOffset }) => [type, at, byteOffset])).toEqual([
    ['ANSWER', 1_500, 100],
    ['HANGUP', 2_250, 100 + second + 'nonsense\n'.length],
  ])
  expect(damages).toEqual([{ byteOffset: 100 + second, bytes: 'nonsense\n'.length }])
  expect(nextOffset).toBe(100 + text.length - '"torn'.length)
})

test('a quote that is never closed holds back no more than the longest line', () => {
  const endless = `"${'x'.repeat(200)}\n`.concat(`${'y'.repeat(200)}\n`.repeat(1_000))
  const { lines, nextOffset } = read(Buffer.from(endless))
  expect(lines).toEqual([])
  expect(nextOffset).toBeGreaterThan(endless.length - 65 * 1024)
})
