import type { WireMember } from '@tandem/contract'
import type { Department, Member } from '#directory'
import type { FastifyRequest } from 'fastify'
import type { Parts } from './parts.ts'
import { hiddenFrom, phoneAsSeen } from './people.ts'

/** A member as who asks may know him; whether he may ask at all was decided before. */
export const memberAnswer = async (request: FastifyRequest, { stores }: Parts, one: Member): Promise<WireMember> =>
  memberToWire(request, one, await stores.directory.departments(one.organizationId))

export function memberToWire(request: FastifyRequest, one: Member, departments: readonly Department[]): WireMember {
  const reader = hiddenFrom(request)
  const seesSettings = reader === null || reader === one.id
  const hours = seesSettings ? one.workingHours : null
  return {
    id: one.id,
    organizationId: one.organizationId,
    name: one.name,
    login: one.login,
    role: one.role,
    standing: one.standing,
    phone: phoneAsSeen(request, one),
    isCallable: one.phone !== null,
    extension: one.extension,
    departments: departments.filter(({ id }) => one.departmentIds.includes(id)).map(({ name }) => name),
    departmentIds: [...one.departmentIds],
    tags: [...one.tags],
    isShielded: one.isShielded,
    isNumberHidden: one.isNumberHidden,
    limits: seesSettings ? { ...one.limits } : { mayCall: null, monthlyMs: null },
    workingHours: hours === null ? null : { ...hours, weekdays: [...hours.weekdays] },
  }
}
