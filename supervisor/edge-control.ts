import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { SipPipes } from './edge-pipes.ts'

/** About 30,000 SIP users. */
const bodyLimitBytes = 1_000_000

/**
 * What the server tells the edge, over a Unix socket that only our own user may open: `POST /close` with
 * `{ "sipUsers": [...] }` ends the SIP WebSockets of those users and makes their tickets void; the answer is
 * `{ "closed": <pipes> }`. Anything else is answered 400 or 404.
 */
export function makeControl(pipes: SipPipes): Server {
  return createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.method !== 'POST' || request.url !== '/close') return answer(404, { code: 'not-found' })
    readBody(request)
      .then((body) => {
        const sipUsers = sipUsersIn(body)
        if (sipUsers === null) return answer(400, { code: 'bad-request' })
        return answer(200, { closed: pipes.close(sipUsers, Date.now()) })
      })
      .catch(() => response.destroy()) // It broke off.
  })
}

/** A socket that an edge before us left behind is in the way; the data folder's lock says that there is no other edge. */
export function listenForControl(control: Server, path: string): void {
  rmSync(path, { force: true })
  control.listen(path, () => chmodSync(path, 0o600))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimitBytes) throw new Error('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sipUsersIn(body: string): ReadonlySet<string> | null {
  try {
    const { sipUsers } = JSON.parse(body) as { sipUsers?: unknown }
    if (!Array.isArray(sipUsers) || !sipUsers.every((user) => typeof user === 'string')) return null
    return new Set(sipUsers)
  } catch {
    return null
  }
}
