import { afterAll, beforeAll, expect, test } from 'vitest'
import { malformedRequests } from '../../supervisor/testing/malformed.ts'
import { sendRaw, statusOf } from '../../supervisor/testing/raw.ts'
import { openHouse, type House } from '../testing/house.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.stop())

test('whatever strangers send is answered 4xx or closed, and the server lives', async () => {
  const { host, port } = new URL(house.address)
  const odd = []
  for (const request of malformedRequests(host)) {
    const status = statusOf(await sendRaw(Number(port), request, /^HTTP\/1\.1 \d{3} /))
    if (status >= 500) odd.push({ request: request.slice(0, 120), status })
  }
  expect(odd).toEqual([])
  expect((await fetch(`${house.address}/api/health`)).status).toBe(200)
  expect(house.log()).not.toMatch(/"level":(50|60)/)
})
