import { faultText, type Fault } from './fault.ts'
import type { Source } from './sources.ts'

/** A repository in memory: path → text. */
export const files = (texts: Readonly<Record<string, string>>): readonly Source[] =>
  Object.entries(texts).map(([path, text]) => ({ path, text }))

/** All faults at once, as links, so that one run shows all the work. */
export function expectNone(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Error(faults.map((fault) => `\n${faultText(fault)}`).join(''))
}

export const found = (faults: readonly Fault[]): readonly string[] => faults.map(faultText)
