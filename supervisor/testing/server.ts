import { createServer } from 'node:http'
import { readJson } from '../files.ts'
import type { Runtime } from '../runtime.ts'

/** Stands where the server stands, for tests of the supervisor: says that it is ready, and what it was asked. */
const { server } = readJson(process.env['TANDEM_RUNTIME'] ?? '') as Runtime

createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }))
}).listen(server.port, server.host)

process.on('SIGTERM', () => process.exit(0))
