import type { FastifyInstance } from 'fastify'
import { isAnybody } from './access.ts'

/** Its own rules: the page is one inline script that starts a bundle of ours. It reaches nothing outside. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
].join('; ')

/** `/api/docs/`: the API to read and to try, with no outside network. */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  // 5 MB of script in one module: read while the server starts, not before anything else.
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: isAnybody }
    })
    docs.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
    })
    await docs.register(scalar, {
      routePrefix: '/api/docs',
      configuration: {
        url: '/api/openapi.json',
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
        showDeveloperTools: 'never',
        agent: { disabled: true },
        mcp: { disabled: true },
        pageTitle: 'Tandem API',
      } as never,
    })
  })
}
