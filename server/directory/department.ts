import { no, yes, type DepartmentId, type Outcome } from '#kernel'
import type { CallLimits } from './limits.ts'
import type { Department } from './member.ts'

/** Levels below the top one: deeper trees are mistakes, and each level is a step at every call. */
export const DEEPEST_DEPARTMENT = 9

export type DepartmentChange = {
  readonly name?: string
  readonly parentId?: DepartmentId | null
  readonly limits?: Partial<CallLimits>
}

export type DepartmentRefusal = {
  readonly code: 'parent-unknown' | 'department-cycle' | 'department-too-deep' | 'name-taken'
}

type Tree = readonly Department[]

/** A department in its place of the tree; the `depth` that it comes with does not count. */
export function addDepartment(tree: Tree, made: Department): Outcome<Department, DepartmentRefusal> {
  const parent = parentOf(tree, made)
  if (parent === undefined) return no({ code: 'parent-unknown' })
  const depth = parent === null ? 0 : parent.depth + 1
  if (depth > DEEPEST_DEPARTMENT) return no({ code: 'department-too-deep' })
  if (isNameTaken(tree, made)) return no({ code: 'name-taken' })
  return yes({ ...made, depth })
}

/** All that become different, the department itself first: those below it move with it. */
export function changeDepartment(
  tree: Tree,
  department: Department,
  change: DepartmentChange,
): Outcome<Tree, DepartmentRefusal> {
  const changed = { ...department, ...change, limits: { ...department.limits, ...change.limits } }
  const below = branchBelow(tree, department)
  if (changed.parentId === department.id || below.some(({ id }) => id === changed.parentId))
    return no({ code: 'department-cycle' })
  const added = addDepartment(tree, changed)
  if (!added.ok) return added
  const deeper = added.value.depth - department.depth
  if (below.some(({ depth }) => depth + deeper > DEEPEST_DEPARTMENT)) return no({ code: 'department-too-deep' })
  const moved = deeper === 0 ? [] : below.map((one) => ({ ...one, depth: one.depth + deeper }))
  return yes([added.value, ...moved])
}

/** `null`: at the top. */
const parentOf = (tree: Tree, { parentId }: Department): Department | null | undefined =>
  parentId === null ? null : tree.find(({ id }) => id === parentId)

const isNameTaken = (tree: Tree, { id, parentId, name }: Department): boolean =>
  tree.some((other) => other.id !== id && other.parentId === parentId && other.name === name)

function branchBelow(tree: Tree, { id }: Department): Tree {
  const children = tree.filter(({ parentId }) => parentId === id)
  return [...children, ...children.flatMap((child) => branchBelow(tree, child))]
}
