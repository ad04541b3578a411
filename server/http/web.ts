import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { isAnybody } from './access.ts'
import { ProblemAnswer } from './problem.ts'
import { leaveOutDocumentHeaders } from './security-headers.ts'

/** The built web: hashed files may be kept for ever, the page that names them never. */
export async function serveWeb(app: FastifyInstance, webRoot: string | null): Promise<void> {
  const hasWeb = webRoot !== null && existsSync(join(webRoot, 'index.html'))
  if (hasWeb) {
    app.addHook('onRoute', (route) => {
      if (route.url.endsWith('*')) route.config = { ...route.config, access: isAnybody, isFile: true }
    })
    await app.register(fastifyStatic, {
      root: webRoot,
      index: false,
      cacheControl: false,
      // `.br` and `.gz` beside each file, from the build.
      preCompressed: true,
      schemaHide: true,
      setHeaders(reply, path) {
        const isAsset = path.includes('/assets/')
        if (isAsset) leaveOutDocumentHeaders(reply)
        reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
    // The folder itself, which the static part refuses to show.
    app.get('/', { schema: { hide: true }, config: { access: isAnybody, isFile: true } }, async (_request, reply) =>
      reply.header('cache-control', 'no-cache').sendFile('index.html'),
    )
  }
  app.setNotFoundHandler(async (request, reply) => {
    // A page's own address (`/console/members`) is opened or reloaded: the page finds its way by itself.
    const isPage =
      request.method === 'GET' &&
      !request.url.startsWith('/api/') &&
      (request.headers.accept ?? '').includes('text/html')
    if (!hasWeb || !isPage) throw new ProblemAnswer('not-found')
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
}
