import { readFile } from 'node:fs/promises'
import { health, type WireHealth } from '@tandem/contract'
import { z } from 'zod'
import { isAnybody } from './access.ts'
import type { Parts } from './parts.ts'
import { routesOf, type App } from './routes.ts'
import { answers } from './wire.ts'

const tags = ['operation']

export const healthRoutes = routesOf(readParts, readReady)

function readParts(app: App, parts: Parts): void {
  app.get(
    '/api/health',
    {
      schema: { tags, summary: 'Which part runs', security: [], response: answers(200, health) },
      config: { access: isAnybody },
    },
    async () => healthFrom(parts.settings.partsFile),
  )
}

function readReady(app: App): void {
  app.get(
    '/api/health/ready',
    {
      schema: {
        tags,
        summary: 'This server takes requests',
        security: [],
        response: answers(200, z.object({ ready: z.literal(true).describe('It takes requests') })),
      },
      config: { access: isAnybody, rateLimit: false },
    },
    async () => ({ ready: true as const }),
  )
}

/** As the supervisor last wrote it, less what is nobody's business (process ids, exits). */
async function healthFrom(partsFile: string): Promise<WireHealth> {
  const { parts } = await readFile(partsFile, 'utf8').then(
    (text) => JSON.parse(text) as WireHealth,
    () => ({ parts: {} }),
  )
  const shown = Object.fromEntries(
    Object.entries(parts).map(([name, { state, restarts, since }]) => [name, { state, restarts, since }]),
  )
  return { status: Object.values(shown).every(({ state }) => state === 'up') ? 'ok' : 'degraded', parts: shown }
}
