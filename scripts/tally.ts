import { existsSync, readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'

type Tally = { passed: number; failed: number; names: string[] }

/** Vitest's JSON report, or a log whose last count reads `N … passed, N failed`. A part that left neither has failed. */
function tallyOf(file: string): Tally {
  if (!existsSync(file)) return { passed: 0, failed: 1, names: [`${basename(file)} was not written`] }
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.json') ? tallyOfReport(JSON.parse(text) as Report) : tallyOfLog(text)
}

type Test = { status: string; fullName: string; failureMessages: string[] | null }
type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  success: boolean
  testResults: { name: string; status: string; message: string; assertionResults: Test[] }[]
}

/** A file that could not even be loaded has no test that failed, and a skipped test has not passed. */
function tallyOfReport(report: Report): Tally {
  const failed = report.numFailedTests + report.numPendingTests
  return {
    passed: report.numPassedTests,
    failed: report.success ? failed : Math.max(failed, 1),
    names: report.testResults.flatMap(namesOf),
  }
}

/** What of a file did not pass, with the first lines of why. */
function namesOf(result: Report['testResults'][number]): string[] {
  const file = relative('.', result.name)
  const tests = result.assertionResults.filter((test) => test.status !== 'passed')
  if (tests.length === 0) return result.status === 'passed' ? [] : [`${file}: ${firstLines(result.message)}`]
  return tests.map((test) => `${file}: ${test.fullName}: ${firstLines(test.failureMessages?.[0] ?? test.status)}`)
}

const firstLines = (text: string): string => text.split('\n').slice(0, 3).join(' | ')

function tallyOfLog(text: string): Tally {
  const count = [...text.matchAll(/(\d+)(?: \w+)? passed, (\d+) failed/g)].at(-1)
  if (count === undefined) return { passed: 0, failed: 1, names: ['the checks did not end'] }
  const failed = Number(count[2])
  return { passed: Number(count[1]), failed, names: failed > 0 ? ['the checks: see their part above'] : [] }
}

const tallies = process.argv.slice(2).map(tallyOf)
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
for (const name of tallies.flatMap((tally) => tally.names)) console.log(`failed: ${name}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
