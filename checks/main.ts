import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { checkout, isCode, repositorySources } from './sources.ts'

/** `npm run check`: every property of the code that needs no running part, all at once. */

/** Plain text: the output is shown inside ours. */
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined }

type Check = { readonly name: string; readonly command: string; readonly args: readonly string[] }
type Result = { readonly name: string; readonly passed: boolean; readonly seconds: number; readonly output: string }

const WORKSPACES = ['contract', 'server', 'supervisor', 'web', 'e2e', 'bench', 'checks']

/** A folder without a tsconfig would go unchecked without a word: it gets a check that fails. */
function typeChecks(): readonly Check[] {
  const withCode = new Set(
    repositorySources()
      .filter(isCode)
      .map(({ path }) => path.split('/')[0]),
  )
  return WORKSPACES.filter((folder) => withCode.has(folder)).map((folder) => ({
    name: `types of ${folder}`,
    command: 'tsc',
    args: ['--pretty', 'false', '-p', folder],
  }))
}

const checks = (): readonly Check[] => [
  { name: 'repository', command: 'vitest', args: ['run', 'checks', '--reporter=dot'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '--format=unix', ...lintPaths()] },
  { name: 'format', command: 'oxfmt', args: ['--list-different', '.'] },
  ...typeChecks(),
]

/** tsgolint looks at nothing unless it is given paths. */
const lintPaths = (): readonly string[] =>
  [...WORKSPACES, 'scripts', 'vitest.config.ts'].filter((path) => existsSync(join(checkout, path)))

function run({ name, command, args }: Check): Promise<Result> {
  const startedAt = performance.now()
  const program = join(checkout, 'node_modules', '.bin', command)
  const child = spawn(process.execPath, [program, ...args], { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((done) => {
    const end = (passed: boolean): void =>
      done({ name, passed, seconds: (performance.now() - startedAt) / 1000, output: output.trim() })
    child.on('error', (error) => {
      output += error.message
      end(false)
    })
    child.on('close', (code) => end(code === 0))
  })
}

function show({ name, passed, seconds, output }: Result): void {
  const mark = passed ? styleText('green', 'pass') : styleText('red', 'FAIL')
  console.log(`${mark}  ${name} (${seconds.toFixed(1)} s)`)
  if (!passed) console.log(output.replaceAll(/^/gm, '      '))
}

const results = await Promise.all(
  checks().map(async (check) => {
    const result = await run(check)
    show(result)
    return result
  }),
)
const failed = results.filter(({ passed }) => !passed)
console.log(`${results.length - failed.length} checks passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
