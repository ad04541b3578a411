import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHouse, type House } from '../testing/house.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.stop())

const get = (url: string, encoding: string) =>
  house.http.inject({ method: 'GET', url, headers: { 'accept-encoding': encoding } })

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)('a long answer travels as %s', async (encoding, unpack) => {
  const plain = await get('/api/openapi.json', 'identity')
  const packed = await get('/api/openapi.json', `${encoding}, *;q=0.1`)
  expect(packed.headers['content-encoding']).toBe(encoding)
  expect(packed.headers.vary).toContain('accept-encoding')
  expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4)
  expect(unpack(packed.rawPayload).toString()).toBe(plain.body)
})

test('a short answer is not worth it', async () => {
  const { headers } = await get('/api/health', 'br')
  expect(headers['content-encoding']).toBeUndefined()
})

test('nothing large is compressed anew for whoever asks', async () => {
  const { headers } = await get('/api/docs/js/scalar.js', 'br')
  expect(headers['content-encoding']).toBeUndefined()
})
