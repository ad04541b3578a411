import { expect, test } from 'vitest'
import { computedId, isUuid, newId, parseId } from './ids.ts'

test('a computed id is the same for the same operation and no other', () => {
  const leg = newId<'leg'>()
  expect(computedId(leg, 'reserve:0')).toBe(computedId(leg, 'reserve:0'))
  expect(computedId(leg, 'reserve:0')).not.toBe(computedId(leg, 'reserve:1'))
  expect(computedId(newId(), 'reserve:0')).not.toBe(computedId(leg, 'reserve:0'))
})

test('RFC 9562, appendix A.4: the version 5 of www.example.com in the DNS namespace', () => {
  expect(computedId('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
})

test('new ids sort by their millisecond', () => {
  const ids = [1_000, 2_000, 1_790_000_000_000].map((at) => newId(at))
  expect([...ids].sort()).toEqual(ids)
  expect(ids.every((id) => isUuid(id) && id[14] === '7')).toBe(true)
})

test('only the canonical form is an id', () => {
  const id = newId()
  expect([parseId(id), parseId(id.toUpperCase()), parseId(` ${id}`), parseId('')]).toEqual([
    id,
    undefined,
    undefined,
    undefined,
  ])
})
