import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenForControl, makeControl } from './edge-control.ts'
import { SipPipes } from './edge-pipes.ts'
import type { Ticket } from './ticket.ts'

const caps = { sipPipes: 3, sipPipesPerMember: 2, sipPipesPerAddress: 2 }
let made = 0

function ticketOf(change: Partial<Ticket> = {}): Ticket {
  return { to: 'engine', sub: 'u1', member: null, id: String(made++), iat: 1_000, exp: 61_000, ...change }
}

describe('the places of SIP sockets', () => {
  const ended: string[] = []
  const comer = (change: Partial<Ticket> = {}, address = '192.0.2.1') => {
    const ticket = ticketOf(change)
    return { ticket, address, nowMs: 2_000, end: () => ended.push(ticket.sub) }
  }
  let pipes: SipPipes
  beforeEach(() => {
    ended.length = 0
    pipes = new SipPipes(caps)
  })

  it('a ticket opens one', () => {
    const once = comer()
    expect(pipes.open(once)).toBeTypeOf('function')
    expect(pipes.open(once)).toBe('ticket-used')
  })

  it('a member has so many, whatever his sessions and addresses, and each closed one makes room once', () => {
    const first = pipes.open(comer({ member: 'm1', sub: 's1' }, '192.0.2.1'))
    pipes.open(comer({ member: 'm1', sub: 's2' }, '192.0.2.2'))
    const third = comer({ member: 'm1', sub: 's3' }, '192.0.2.3')
    expect(pipes.open(third)).toBe('member-sockets-exhausted')
    if (typeof first === 'string') throw new Error(first)
    first()
    first()
    expect(pipes.open(third)).toBeTypeOf('function')
    expect(pipes.open(comer({ member: 'm1', sub: 's4' }, '192.0.2.4'))).toBe('member-sockets-exhausted')
  })

  it('an address has so many, and so has the edge', () => {
    for (const [sub, address] of [
      ['s1', '192.0.2.1'],
      ['s2', '192.0.2.1'],
    ] as const)
      pipes.open(comer({ sub }, address))
    expect(pipes.open(comer({ sub: 's3' }, '192.0.2.1'))).toBe('address-sockets-exhausted')
    expect(pipes.open(comer({ sub: 's3' }, '192.0.2.2'))).toBeTypeOf('function')
    expect(pipes.open(comer({ sub: 's4' }, '192.0.2.3'))).toBe('sockets-exhausted')
  })

  it('closing a user ends his sockets and the tickets of before, and nobody else’s', () => {
    pipes.open(comer({ sub: 'his' }))
    pipes.open(comer({ sub: 'hers' }))
    expect(pipes.close(new Set(['his']), 3_000)).toBe(1)
    expect(ended).toEqual(['his'])
    const later = (iat: number) =>
      pipes.open({ ...comer({ sub: 'his', iat, exp: iat + 60_000 }, '192.0.2.9'), nowMs: 62_999 })
    expect(later(3_000)).toBe('ticket-revoked')
    expect(later(3_001)).toBeTypeOf('function')
  })
})

describe('the control socket', () => {
  let folder: string
  let path: string
  let pipes: SipPipes
  let control: Server
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-control-'))
    path = join(folder, 'control')
    pipes = new SipPipes(caps)
    control = makeControl(pipes)
    listenForControl(control, path)
    await new Promise((resolve) => control.once('listening', resolve))
  })
  afterEach(() => {
    control.close()
    rmSync(folder, { recursive: true })
  })

  const ask = (body: string, to = { method: 'POST', path: '/close' }): Promise<{ status: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      const asked = request({ socketPath: path, ...to }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }))
      })
      asked.on('error', reject)
      asked.end(body)
    })

  it('is our own user’s only', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('closes the sockets of the users that it is told', async () => {
    let isEnded = false
    pipes.open({ ticket: ticketOf(), address: '192.0.2.1', nowMs: 2_000, end: () => (isEnded = true) })
    expect(await ask('{"sipUsers":["u1","u2"]}')).toEqual({ status: 200, body: { closed: 1 } })
    expect(isEnded).toBe(true)
  })

  it.each(['', '[]', '{', 'null', '{"sipUsers":"u1"}', '{"sipUsers":[1]}'])('refuses %j', async (body) => {
    expect(await ask(body)).toMatchObject({ status: 400 })
  })

  it('knows nothing else', async () => {
    expect(await ask('', { method: 'POST', path: '//' })).toMatchObject({ status: 404 })
    expect(await ask('', { method: 'PUT', path: '/close' })).toMatchObject({ status: 404 })
  })
})
