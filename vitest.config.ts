import { defineConfig } from 'vitest/config'

/**
 * All tests but those end to end (`e2e/vitest.config.ts`). Those that run real parts (Postgres, Asterisk, SIPp) name
 * their own time limits; the ones here are for a busy machine with two cores.
 */
export default defineConfig({
  test: {
    include: ['{bench,checks,contract,server,supervisor,web}/**/*.test.{ts,tsx}'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    pool: 'forks',
    passWithNoTests: false,
  },
})
