import type { Instant } from '#kernel'
import { createFailures, type Failures } from './failures.ts'
import type { RateLimits } from './parts.ts'

/** Who tries: `device` is not `null` when this browser has signed in under this login before. */
export type Attempt = { readonly login: string; readonly address: string; readonly device: string | null }

const MINUTE = 60_000

/**
 * Wrong passwords are made slow, never impossible for whoever is right:
 *
 * - a browser that has signed in under a login before has a counter of its own, whatever others do;
 * - anybody else waits by (login, address), by login, and by address. From a new browser one may have to wait while
 *   somebody guesses; by login and by address never longer than a minute.
 *
 * Each try is counted before its password is looked at, since many may come at once.
 */
export function createSignInAttempts({ wrongPasswords, signIns }: Pick<RateLimits, 'wrongPasswords' | 'signIns'>) {
  const strict = { firstMs: 10_000, longestMs: 15 * MINUTE, forgottenAfterMs: 30 * MINUTE }
  const soft = { firstMs: 5_000, longestMs: MINUTE, forgottenAfterMs: 5 * MINUTE }
  const byDevice = createFailures({ free: wrongPasswords, ...strict })
  const byPair = createFailures({ free: wrongPasswords, ...strict })
  const byLogin = createFailures({ free: 20 * wrongPasswords, ...soft })
  const byAddress = createFailures({ free: signIns, ...soft })

  const countersOf = ({ login, address, device }: Attempt): readonly (readonly [Failures, string])[] =>
    device === null
      ? [
          [byPair, `${login} ${address}`],
          [byLogin, login],
          [byAddress, address],
        ]
      : [[byDevice, `${login} ${device}`]]

  return {
    /** How long he has to wait; 0 = he may try, and the try is counted as a wrong one. */
    begin(attempt: Attempt, at: Instant): number {
      const counters = countersOf(attempt)
      const waitMs = Math.max(...counters.map(([failures, name]) => failures.waitMs(name, at)))
      if (waitMs === 0) for (const [failures, name] of counters) failures.add(name, at)
      return waitMs
    },
    /** The password was right: what he got wrong before is forgotten, what others did under the login is not. */
    succeeded({ login, address, device }: Attempt): void {
      if (device !== null) return byDevice.forget(`${login} ${device}`)
      byPair.forget(`${login} ${address}`)
      byLogin.undo(login)
      byAddress.undo(address)
    },
    /** It was not decided: nothing was wrong. */
    undecided(attempt: Attempt): void {
      for (const [failures, name] of countersOf(attempt)) failures.undo(name)
    },
  }
}
