import { defineConfig } from 'vitest/config'
import { LANES } from './kit/shared-tandem.ts'

const root = import.meta.dirname
const story = { root, testTimeout: 90_000, hookTimeout: 90_000, pool: 'forks' as const }
const last = 'log-privacy.test.ts'

/**
 * Stories run side by side, each lane with a shared Tandem of its own: they mostly wait, for speech and for rings. The
 * story that reads every log comes when all the others have ended.
 */
export default defineConfig({
  root,
  test: {
    globalSetup: ['./kit/shared-tandem.ts'],
    maxWorkers: LANES,
    projects: [
      { test: { ...story, name: 'stories', include: ['*.test.ts'], exclude: [last] } },
      { test: { ...story, name: 'logs', include: [last], sequence: { groupOrder: 1 } } },
    ],
  },
})
