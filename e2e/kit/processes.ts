import { readdirSync, readFileSync } from 'node:fs'

/** Every process of this machine that was started under `mark` (a variable of its environment), or that was told of `folder`. */
export function processesOf(
  mark: string,
  folder: string,
): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), command: procFile(name, 'cmdline'), environment: procFile(name, 'environ') }))
    .filter(
      ({ command, environment }) =>
        environment.includes(mark) || environment.includes(folder) || command.includes(folder),
    )
    .map(({ pid, command }) => ({ pid, command }))
}

/** Empty when the process is gone meanwhile. NUL stands between the parts. */
function procFile(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
