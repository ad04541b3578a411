/** How far the server's clock is ahead of ours, in ms; learnt from its answers. */
let aheadMs = 0

/** The header has whole seconds, so a difference below this says nothing. */
const NOISE_MS = 1500

export function learnClock(dateHeader: string | null): void {
  const serverMs = Date.parse(dateHeader ?? '')
  if (Number.isNaN(serverMs)) return
  const differenceMs = serverMs + 500 - Date.now()
  aheadMs = Math.abs(differenceMs) > NOISE_MS ? differenceMs : 0
}

/** Now by the server's clock, in ms since the epoch: what its instants are compared with. */
export const serverNow = (): number => Date.now() + aheadMs
