const firstDelayMs = 200
const longestDelayMs = 5_000
/** A part that stayed up this long has recovered: its next fault starts from the first delay again. */
const steadyAfterMs = 30_000

/** How long to wait before the next start; doubles from 0.2 s to 5 s. `failures` counts the unsteady runs before this one. */
export function nextRestart(failures: number, upForMs: number): { delayMs: number; failures: number } {
  const before = upForMs >= steadyAfterMs ? 0 : failures
  return { delayMs: Math.min(firstDelayMs * 2 ** before, longestDelayMs), failures: before + 1 }
}
