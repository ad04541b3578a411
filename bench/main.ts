import { run as admit } from './admit.ts'
import { run as calls } from './calls.ts'
import { run as cost } from './cost.ts'
import { run as ledger } from './ledger.ts'
import { run as hundreds } from './hundreds.ts'
import { run as life } from './life.ts'
import { run as recovery } from './recovery.ts'
import type { BenchRow } from './row.ts'
import { run as tap } from './tap.ts'
import { run as thousands } from './thousands.ts'

/** `npm run bench`, or `npm run bench admit calls` for some of them. One after the other: they share the machine. */
const BENCHES: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  admit,
  life,
  ledger,
  tap,
  calls,
  cost,
  hundreds,
  thousands,
  recovery,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })
const COLUMNS = [54, 24, 11, 8, 44]
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(COLUMNS[index] ?? 0))
    .join('')
    .trimEnd()

function show({ name, value, unit, yardstick, ratio, target, ok }: BenchRow): string {
  const orDash = (given: number | null): string => (given === null ? '–' : number.format(given))
  return line([name, `${number.format(value)} ${unit}`, orDash(yardstick), orDash(ratio), target, ok ? 'ok' : 'MISSED'])
}

console.log(line(['', 'measured', 'yardstick', 'ratio', 'target']))
for (const [name, run] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  for (const row of await run()) console.log(show(row))
}
