import type { WireDepartment } from '@tandem/contract'
import { expect, test } from 'vitest'
import { inTreeOrder, withAllBelow } from './tree.ts'

const department = (id: string, parentId: string | null = null): WireDepartment => ({
  id,
  parentId,
  name: id,
  depth: 0,
  limits: { mayCall: null, monthlyMs: null },
})
// As the API gives them: by depth, then by name.
const all = [department('b'), department('d'), department('a', 'd'), department('c', 'b'), department('e', 'c')]

test('each department stands behind the one that it is part of', () => {
  expect(inTreeOrder(all).map(({ id }) => id)).toEqual(['b', 'c', 'e', 'd', 'a'])
})

test('one whose parent is not there stands at the top and is not lost', () => {
  expect(inTreeOrder([department('x', 'gone')]).map(({ id }) => id)).toEqual(['x'])
})

test('a department can be moved neither into itself nor into what is below it', () => {
  expect([...withAllBelow(all, 'b')]).toEqual(['b', 'c', 'e'])
})
