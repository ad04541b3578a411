import type { IncomingMessage, ServerResponse } from 'node:http'
import { readJson } from './files.ts'
import type { Runtime } from './runtime.ts'

/** What the edge says while the server is starting or restarting. */
export function answerInstead(runtime: Runtime, request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? '/', 'http://edge').pathname
  response.setHeader('retry-after', '1')
  response.setHeader('cache-control', 'no-store')
  if (path === '/api/health')
    return send(response, 'application/json', JSON.stringify({ status: 'restarting', ...parts(runtime) }))
  if (!path.startsWith('/api/') && request.headers.accept?.includes('text/html'))
    return send(response, 'text/html; charset=utf-8', page)
  send(response, 'application/problem+json', JSON.stringify(problem))
}

const problem = {
  type: 'about:blank',
  title: 'The server is restarting',
  status: 503,
  code: 'server-restarting',
  detail: 'Calls in progress go on. Try again in a second.',
}

/** Loads again when the server answers, so that nobody has to. Three languages: no reader's choice is known here. */
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2">
<title>Tandem</title>
<body style="font: 1.125rem/1.6 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; text-align: center">
<p lang="en">Tandem is starting. Calls in progress go on.</p>
<p lang="zh-Hans">Tandem 正在启动，通话不受影响。</p>
<p lang="zh-Hant">Tandem 正在啟動，通話不受影響。</p>
`

function parts(runtime: Runtime): { parts: Record<string, { state: string; since: number; restarts: number }> } {
  const board = readJson(runtime.partsFile) as {
    parts: Record<string, { state: string; since: number; restarts: number }>
  }
  // Process ids and exits are nobody's business out here.
  const shown = Object.entries(board.parts).map(([name, { state, since, restarts }]) => [
    name,
    { state, since, restarts },
  ])
  return { parts: Object.fromEntries(shown) }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(503, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
