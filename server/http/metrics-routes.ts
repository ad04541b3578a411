import { z } from 'zod'
import { mayReadMetrics } from './access.ts'
import type { Parts } from './parts.ts'
import { routesOf, type App } from './routes.ts'

export const metricsRoutes = routesOf(readMetrics)

function readMetrics(app: App, parts: Parts): void {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operation'],
        summary: 'Figures for Prometheus',
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
      config: { access: mayReadMetrics },
      serializerCompiler: () => (text) => text as string,
    },
    async (_request, reply) => reply.type(parts.metrics.contentType).send(await parts.metrics.text()),
  )
}
