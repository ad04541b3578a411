/** Prints the resolved configuration as JSON; or its faults on stderr, one a line, and exits 2. */
import { readConfig } from './read.ts'

const read = readConfig(process.env, process.cwd())
if (read.ok) {
  process.stdout.write(`${JSON.stringify(read.config)}\n`)
} else {
  for (const { path, message } of read.faults)
    process.stderr.write(`${read.source}${path === '' ? '' : `: ${path}`}: ${message}\n`)
  process.exitCode = 2
}
