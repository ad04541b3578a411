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

/**
 * Loads again when the server answers, so that nobody has to. Three languages: no reader's choice is known here. It has
 * nothing to load, so look and colours (those of `web/ui/tokens.css`) are in it.
 */
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="2">
<title>Starting · Tandem</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; font: 1rem/1.6 system-ui, sans-serif;
  background: light-dark(#f4f6f6, #0e1315); color: light-dark(#13201f, #e8eeee) }
main { box-sizing: border-box; width: min(26rem, 100% - 2rem); padding: 2rem 1.5rem; text-align: center;
  background: light-dark(#ffffff, #161d20); border: 1px solid light-dark(#dfe5e5, #2a353a); border-radius: .875rem }
svg { width: 3rem; height: 3rem }
h1 { font-size: 1.125rem; margin: .75rem 0 0 }
p { margin: .5rem 0 0; color: light-dark(#52615f, #9fb0b2) }
</style>
<main>
<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0b6b5d"/><path d="M8 11h16M16 11v12" stroke="#fff" stroke-width="3" stroke-linecap="round"/><circle cx="8" cy="11" r="3" fill="#fff"/><circle cx="24" cy="11" r="3" fill="#7fe0cb"/></svg>
<h1>Tandem</h1>
<p lang="en">Tandem is starting. Calls in progress go on.</p>
<p lang="zh-Hans">Tandem 正在启动，通话不受影响。</p>
<p lang="zh-Hant">Tandem 正在啟動，通話不受影響。</p>
</main>
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
