import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { isAnybody } from './access.ts'

/** Its own rules: only scripts that carry this answer's nonce run, nothing is evaluated, nothing outside is reached. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    // Its bundle adds styles without a nonce, in elements and attributes; they start nothing.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

export const DOCS_PATH = '/api/docs'

/** `/api/docs/`: the API to read and to try, with no outside network. */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  // 5 MB of script in one module: read while the server starts, not before anything else.
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: isAnybody }
    })
    docs.addHook('onSend', async (_request, reply, payload) => {
      const nonce = randomBytes(16).toString('base64')
      reply.header('content-security-policy', policyWith(nonce))
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
      return isPage && typeof payload === 'string' ? withNonce(payload, nonce) : payload
    })
    await docs.register(scalar, {
      routePrefix: DOCS_PATH,
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

/** The page is the package's own: whatever script it holds is meant. */
const withNonce = (page: string, nonce: string): string => page.replaceAll(/<script\b/g, `<script nonce="${nonce}"`)
