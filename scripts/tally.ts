import { existsSync, readFileSync } from 'node:fs'

type Tally = { passed: number; failed: number }

/** Vitest's JSON report, or a log whose last count reads `N … passed, N failed`. A part that left neither has failed. */
function tallyOf(file: string): Tally {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.json') ? tallyOfReport(JSON.parse(text) as Report) : tallyOfLog(text)
}

type Report = { numPassedTests: number; numFailedTests: number; numPendingTests: number; success: boolean }

/** A file that could not even be loaded has no test that failed, and a skipped test has not passed. */
function tallyOfReport(report: Report): Tally {
  const failed = report.numFailedTests + report.numPendingTests
  return { passed: report.numPassedTests, failed: report.success ? failed : Math.max(failed, 1) }
}

function tallyOfLog(text: string): Tally {
  const count = [...text.matchAll(/(\d+)(?: \w+)? passed, (\d+) failed/g)].at(-1)
  return count === undefined ? { passed: 0, failed: 1 } : { passed: Number(count[1]), failed: Number(count[2]) }
}

const tallies = process.argv.slice(2).map(tallyOf)
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
