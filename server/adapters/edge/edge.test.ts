import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { timers } from '../../assembly/clock.ts'
import { createSipSockets } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'tdedge-'))
const controlSocket = join(folder, 'control')
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

test('an edge that is away is told when it is back, and one that refuses is told again', async () => {
  const warnings: string[] = []
  const log = { warn: (_details: object, message: string) => void warnings.push(message) }
  await createSipSockets({ controlSocket, timers, log }).close(['b1', 'b2'])
  expect(warnings).toHaveLength(1)
  const heard: string[] = []
  const edge = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${body}`)
      response.writeHead(heard.length === 1 ? 503 : 200).end('{}')
    })
  })
  servers.push(edge.listen(controlSocket))
  const asked = 'POST /close {"sipUsers":["b1","b2"]}'
  await vi.waitFor(() => expect(heard).toEqual([asked, asked]), { timeout: 10_000 })
})
