import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from './edge-refusals.ts'
import { readJson } from './files.ts'
import type { Runtime } from './runtime.ts'

type Unanswered = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly path: string }

/** What the edge says while the server is starting or restarting. */
export function answerInstead(runtime: Runtime, { request, response, path }: Unanswered): void {
  if (path === '/api/health')
    return send(response, 'application/json', JSON.stringify({ status: 'restarting', parts: partsOf(runtime) }))
  if (!path.startsWith('/api/') && request.headers.accept?.includes('text/html'))
    return send(response, 'text/html; charset=utf-8', page)
  refuse(response, 'server-restarting')
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

type PartState = { state: string; since: number; restarts: number }

/** Process ids and exits are nobody's business out here. Before the first part has begun there is no board. */
function partsOf(runtime: Runtime): Record<string, PartState> {
  const board = readJson(runtime.partsFile) as { parts: Record<string, PartState> } | null
  const shown = Object.entries(board?.parts ?? {}).map(([name, { state, since, restarts }]) => [
    name,
    { state, since, restarts },
  ])
  return Object.fromEntries(shown)
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(503, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'retry-after': '1',
  })
  response.end(body)
}
