import type { Department } from '#directory'
import type { Selectable } from 'kysely'
import type { Tables } from './tables.ts'

/** By name: a column that comes later must not appear in what is stored or told of an organization. */
export const ORGANIZATION = [
  'id',
  'name',
  'code',
  'zone',
  'country',
  'jurisdiction',
  'verification',
  'standing',
] as const

export const departmentFromRow = (row: Selectable<Tables['department']>): Department => ({
  id: row.id,
  organizationId: row.organization_id,
  parentId: row.parent_id,
  name: row.name,
  depth: row.depth,
  limits: { mayCall: row.may_call, monthlyMs: row.monthly_ms },
})

export const departmentToRow = (department: Department): Selectable<Tables['department']> => ({
  id: department.id,
  organization_id: department.organizationId,
  parent_id: department.parentId,
  name: department.name,
  depth: department.depth,
  may_call: department.limits.mayCall,
  monthly_ms: department.limits.monthlyMs,
})
