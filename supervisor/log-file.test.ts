import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogFile, type LogOptions } from './log-file.ts'
import { maskLine } from './log-mask.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What is in the file after a part has said so and ended. */
async function logged(said: readonly string[], options: LogOptions = {}): Promise<string> {
  const stream = new PassThrough()
  const done = new LogFile(join(folder, 'part.log'), options).follow([stream])
  for (const text of said) stream.write(text)
  stream.end()
  await done
  return readFileSync(join(folder, 'part.log'), 'utf8')
}

const generous = { burst: { lines: 1e6, bytes: 1e9 }, waitingBytes: 1e9 }
const filesIn = () => readdirSync(folder).toSorted()

describe('the log of a part', () => {
  it('has every line, also one that came in pieces or without an end', async () => {
    expect(await logged(['one\ntw', 'o\nthr', 'ee'])).toBe('one\ntwo\nthree\n')
  })

  it('goes on after what was there', async () => {
    await logged(['before\n'])
    expect(await logged(['after\n'])).toBe('before\nafter\n')
  })

  it('is put aside while the part runs, and the oldest goes', async () => {
    const stream = new PassThrough()
    const bounds = { ...generous, fileBytes: 1_000, files: 3 }
    const done = new LogFile(join(folder, 'part.log'), { bounds }).follow([stream])
    for (let line = 0; line < 100; line++) {
      stream.write(`${'x'.repeat(99)}\n`)
      await new Promise(setImmediate)
    }
    stream.end()
    await done
    expect(filesIn()).toEqual(['part.log', 'part.log.1', 'part.log.2'])
    for (const name of filesIn()) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000)
  })

  it('takes a burst and no more, and says how many lines it dropped', async () => {
    const bounds = { burst: { lines: 10, bytes: 1e6 }, perSecond: { lines: 0, bytes: 0 } }
    const text = await logged(['x\n'.repeat(1_000)], { bounds })
    expect(text.match(/^x$/gm)).toHaveLength(10)
    expect(text).toContain('990 lines dropped')
  })

  it('cuts a line without an end', async () => {
    const text = await logged(['y'.repeat(500_000), `${'y'.repeat(500_000)}\nnext\n`])
    expect(text.length).toBeLessThan(17_000)
    expect(text).toMatch(/y…\nnext\n$/)
  })

  it('takes everything from the part, also when nothing can be written', async () => {
    mkdirSync(join(folder, 'part.log')) // A folder in the place of the file: each write fails.
    const stream = new PassThrough()
    const done = new LogFile(join(folder, 'part.log')).follow([stream])
    for (let chunk = 0; chunk < 200; chunk++) {
      if (!stream.write('z'.repeat(16_000) + '\n')) await new Promise((resolve) => stream.once('drain', resolve))
    }
    stream.end()
    await done
  })

  it('keeps the JSON of a part that masks by itself, and masks what else it says', async () => {
    const text = await logged(['{"ms":1234567}\nError: 13812345678\n'], { writesMaskedJson: true })
    expect(text).toBe('{"ms":1234567}\nError: (digits)\n')
  })
})

describe('of what others write', () => {
  it.each([
    'to +8613812345678 failed',
    'From: <sip:13812345678@x>',
    'tel:138-1234-5678',
    'tel:138 1234 5678',
    '138.1234.5678',
    '(138) 1234-5678',
    '١٣٨١٢٣٤٥٦٧٨',
    'sip:95588@bank',
  ])('the number in "%s" is masked', (line) => {
    expect(maskLine(line)).toContain('(digits)')
    expect(maskLine(line)).not.toMatch(/\p{Nd}{5}|1234|5678/u)
  })

  it.each(['password=abc123', "PASSWORD 'abc'", 'Authorization: abc123', '"token": "abc123"', 'tdm_12345678_abcabc'])(
    'the secret in %s is masked',
    (line) => {
      expect(maskLine(line)).not.toContain('abc123')
      expect(maskLine(line)).not.toContain('abcabc')
    },
  )

  it.each([
    '2026-11-26 18:47:00.935 UTC database system is ready',
    'listening on 127.0.0.1:15060',
    'http://localhost:18420/api',
    '019a0000-0000-7000-8000-000000000001',
  ])('%s is kept', (line) => expect(maskLine(line)).toBe(line))
})
