import { describe, expect, test } from 'vitest'
import { durationMs, type DepartmentId, type OrganizationId } from '#kernel'
import { addDepartment, changeDepartment, DEEPEST_DEPARTMENT } from './department.ts'
import type { Department } from './member.ts'

/** `a/b` is b in a. */
const department = (path: string): Department => {
  const names = path.split('/')
  return {
    id: path as DepartmentId,
    organizationId: 'o' as OrganizationId,
    parentId: names.length === 1 ? null : (names.slice(0, -1).join('/') as DepartmentId),
    name: names.at(-1)!,
    depth: names.length - 1,
    limits: { mayCall: null, monthlyMs: durationMs(1) },
  }
}
const chain = (length: number) =>
  Array.from({ length }, (_, index) => department(Array.from({ length: index + 1 }, (_, at) => `d${at}`).join('/')))
const tree = ['Drivers', 'Drivers/North', 'Drivers/North/Night', 'Sales'].map(department)
const named = (path: string) => tree.find(({ id }) => id === path)!
const id = (path: string) => path as DepartmentId

describe('a department', () => {
  test('is as deep as its parent says, whatever it came with', () => {
    expect(addDepartment(tree, { ...department('Drivers/South'), depth: 7 })).toMatchObject({ value: { depth: 1 } })
    expect(addDepartment(tree, department('Finance'))).toMatchObject({ value: { depth: 0 } })
  })

  const refused: readonly (readonly [string, Department, string])[] = [
    ['of no parent', department('Nowhere/North'), 'parent-unknown'],
    ['with the name of its neighbour', { ...department('Drivers/North'), id: id('new') }, 'name-taken'],
  ]
  test.each(refused)('%s is refused', (...[, made, code]) => {
    expect(addDepartment(tree, made)).toEqual({ ok: false, refusal: { code } })
  })

  test('may have the name of one elsewhere', () => {
    expect(addDepartment(tree, department('Sales/North'))).toMatchObject({ ok: true })
  })

  test(`is at most ${DEEPEST_DEPARTMENT} deep, and so are those that move with it`, () => {
    const deepest = chain(DEEPEST_DEPARTMENT + 1)
    const below = { ...department('below'), parentId: deepest.at(-1)!.id }
    expect(addDepartment(deepest, below)).toMatchObject({ refusal: { code: 'department-too-deep' } })
    expect(addDepartment(deepest, { ...below, parentId: deepest.at(-2)!.id })).toMatchObject({
      value: { depth: DEEPEST_DEPARTMENT },
    })
    const all = [...deepest, ...tree]
    expect(changeDepartment(all, named('Drivers'), { parentId: deepest.at(-3)!.id })).toMatchObject({
      refusal: { code: 'department-too-deep' },
    })
  })
})

describe('a change', () => {
  test('leaves what it does not name', () => {
    expect(changeDepartment(tree, named('Drivers'), { limits: { mayCall: 'nobody' } })).toEqual({
      ok: true,
      value: [{ ...named('Drivers'), limits: { mayCall: 'nobody', monthlyMs: 1 } }],
    })
  })

  test('of the parent moves all that is below', () => {
    expect(changeDepartment(tree, named('Drivers/North'), { parentId: null })).toMatchObject({
      value: [
        { id: 'Drivers/North', parentId: null, depth: 0 },
        { id: 'Drivers/North/Night', parentId: 'Drivers/North', depth: 1 },
      ],
    })
  })

  test.each(['Drivers', 'Drivers/North', 'Drivers/North/Night'])('into itself by %s is refused', (parent) => {
    expect(changeDepartment(tree, named('Drivers'), { parentId: id(parent) })).toEqual({
      ok: false,
      refusal: { code: 'department-cycle' },
    })
  })
})
