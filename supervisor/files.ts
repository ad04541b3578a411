import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A reader of `path` sees the old content or the new, never half of it. */
export function writeAtomically(path: string, content: string, mode = 0o600): void {
  const partial = `${path}.${process.pid}.partial`
  writeFileSync(partial, content, { mode })
  renameSync(partial, path)
}

export function writeJson(path: string, value: unknown): void {
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** `null` when the file is missing; a file that is there and is no JSON is a fault and throws. */
export function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fault
  }
  return JSON.parse(text)
}

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}
