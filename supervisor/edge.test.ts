import { rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestEdge } from './testing/edge.ts'
import { sendRaw, statusOf } from './testing/raw.ts'

let edge: TestEdge
beforeEach(async () => {
  edge = await new TestEdge().start()
})
afterEach(() => edge.stop())

describe('the way to the server', () => {
  it('passes a request on, and tells who came in its own words only', async () => {
    const headers = { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'gopher', forwarded: 'for=9.9.9.9' }
    const answer = await fetch(`http://${edge.address}/api/calls?x=1`, { method: 'POST', body: 'hello', headers })
    expect(answer.status).toBe(201)
    const seen = (await answer.json()) as { headers: Record<string, string> }
    expect(seen).toMatchObject({ method: 'POST', url: '/api/calls?x=1', body: 'hello' })
    expect(seen.headers).toMatchObject({
      host: edge.address,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': edge.address,
    })
    expect(seen.headers).not.toHaveProperty('forwarded')
  })

  it("tells the server's answer to a body that is too large, though it is still coming", async () => {
    const chunk = `${(60_000).toString(16)}\r\n${'x'.repeat(60_000)}\r\n`
    const head = 'POST /limited HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    const answer = await sendRaw(edge.port, `${head}${chunk.repeat(50)}0\r\n\r\n`, 'too large')
    expect(statusOf(answer)).toBe(413)
  })

  it('refuses what is larger than the server takes by itself: nothing is lost between the two', async () => {
    const chunk = `${(1_000).toString(16)}\r\n${'x'.repeat(1_000)}\r\n`
    const head = 'POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    const answer = await sendRaw(edge.port, `${head}${chunk.repeat(200)}0\r\n\r\n`, 'larger than we take')
    expect(statusOf(answer)).toBe(413)
    expect(answer).toContain('"code":"body-too-large"')
    const whole = await sendRaw(edge.port, `${head}${chunk.repeat(100)}0\r\n\r\n`, '"method":"POST"')
    expect(statusOf(whole)).toBe(201)
  })

  it('passes the upgrade to its WebSocket on', async () => {
    expect(await edge.upgrade('/api/events')).toMatch(/101 Switching Protocols[\s\S]*from the server/)
  })

  it('takes no upgrade to where no WebSocket is: that is an ordinary request', async () => {
    expect(statusOf(await edge.upgrade('/console', { last: '}' }))).toBe(201)
  })
})

describe('while the server is down', () => {
  beforeEach(() => edge.stopServer())

  it('health is told before there is a board, too', async () => {
    rmSync(edge.partsFile)
    const answer = await fetch(`http://${edge.address}/api/health`)
    expect(await answer.json()).toEqual({ status: 'restarting', parts: {} })
  })

  it('health is told from the board, without process ids', async () => {
    const answer = await fetch(`http://${edge.address}/api/health`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({
      status: 'restarting',
      parts: { server: { state: 'backoff', restarts: 2, since: 5 } },
    })
  })

  it('a reader sees a page that loads itself again', async () => {
    const answer = await fetch(`http://${edge.address}/`, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(503)
    const page = await answer.text()
    for (const part of [
      'http-equiv="refresh"',
      '<title>Starting',
      'color-scheme',
      'light-dark(',
      '正在启动',
      '正在啟動',
    ])
      expect(page).toContain(part)
  })

  it('a program reads the problem, and when to try again', async () => {
    const answer = await fetch(`http://${edge.address}/api/calls`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'server-restarting' })
  })
})

describe('a proxy before us', () => {
  const asked = async (headers: Record<string, string>) => {
    const answer = await getJson(headers)
    return answer.headers
  }
  const getJson = (headers: Record<string, string>): Promise<{ headers: Record<string, string> }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: edge.port, path: '/api/session', headers }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve(JSON.parse(text)))
      })
      request.on('error', reject)
      request.end()
    })

  it('that is trusted says who came; whom the client named is not believed', async () => {
    await edge.open({}, ['127.0.0.0/8', '10.0.0.1'])
    const came = { host: 'calls.example.com', 'x-forwarded-for': '9.9.9.9, 198.51.100.7, 10.0.0.1' }
    expect(await asked(came)).toMatchObject({
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'calls.example.com',
    })
  })

  it('that is trusted and did not keep the name is known by where we listen, and people by our public address', async () => {
    await edge.open({}, ['127.0.0.1'])
    expect(await asked({ host: edge.address, 'x-forwarded-for': '198.51.100.7' })).toMatchObject({
      host: 'calls.example.com',
      'x-forwarded-host': 'calls.example.com',
    })
  })

  it('that nobody trusts is itself who came', async () => {
    expect(await asked({ host: edge.address, 'x-forwarded-for': '198.51.100.7' })).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
    })
  })
})
