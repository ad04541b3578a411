import { readdirSync, readFileSync } from 'node:fs'
import type { PartName, Tandem } from '../e2e/kit/tandem.ts'

const PARTS = ['server', 'postgres', 'engine', 'edge'] as const satisfies readonly PartName[]
export type CpuMs = Readonly<Record<(typeof PARTS)[number], number>>

/** Spent so far, with all their children, those that are gone too. */
export function cpuMs(tandem: Tandem): CpuMs {
  const all = processes()
  const treeOf = (pid: number): number =>
    (all.get(pid)?.ms ?? 0) +
    [...all].reduce((sum, [child, { parent }]) => sum + (parent === pid ? treeOf(child) : 0), 0)
  const [server, postgres, engine, edge] = PARTS.map((part) => treeOf(tandem.pid(part)))
  return { server: server!, postgres: postgres!, engine: engine!, edge: edge! }
}

/** The kernel's unit in /proc. */
const TICK_MS = 10

/** Times of `/proc/<pid>/stat` (proc(5)): 14–17 are the own ones and those of children that were waited for, 4 is the parent. */
function processes(): ReadonlyMap<number, { readonly parent: number; readonly ms: number }> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    pids.flatMap((pid) => {
      const fields = statOf(pid)
      if (fields === null) return []
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
      return [[Number(pid), { parent: Number(fields[1]), ms: ticks * TICK_MS }] as const]
    }),
  )
}

/** Those after the command, which may hold anything; `null`: it is gone meanwhile. */
function statOf(pid: string): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return null
  }
}

/** What a process has in memory, without what was swapped out. */
export function residentBytes(pid: number): number {
  const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kB) * 1024
}
