import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readSync, fstatSync, renameSync, statSync } from 'node:fs'

/** A program that dies with this process, however this process dies, and that Ctrl-C at the terminal doesn't reach. */
export type Command = {
  argv: readonly [string, ...string[]]
  env?: Record<string, string>
  cwd?: string
  input?: string
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

const longestLogBytes = 16 * 1024 * 1024

/** Output goes straight into the file: the child needs nobody to read it, and its last words are kept. */
export function startChild(command: Command, logFile: string): { child: ChildProcess; exited: Promise<Exit> } {
  rotate(logFile)
  const log = openSync(logFile, 'a', 0o600)
  try {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command.argv], {
      stdio: ['ignore', log, log],
      detached: true, // setsid(2)
      env: { ...process.env, ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    })
    const exited = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    return { child, exited }
  } finally {
    closeSync(log)
  }
}

/** The last lines, for the person who has to find out why it did not start. */
export function lastLines(logFile: string, count: number): string {
  const file = openSync(logFile, 'r')
  try {
    const size = fstatSync(file).size
    const tail = Buffer.alloc(Math.min(size, 8_192))
    readSync(file, tail, 0, tail.length, size - tail.length)
    return tail.toString('utf8').trimEnd().split('\n').slice(-count).join('\n')
  } finally {
    closeSync(file)
  }
}

/** One older file is kept. Only at a start: a running child writes on into the file that it was given. */
function rotate(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  if (size > longestLogBytes) renameSync(logFile, `${logFile}.1`)
}
