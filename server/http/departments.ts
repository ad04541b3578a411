import { department, departmentChange, listOf, newDepartment, scopeQuery, type WireDepartment } from '@tandem/contract'
import {
  addDepartment,
  changeDepartment,
  type Department,
  type DepartmentChange,
  type DepartmentRefusal,
} from '#directory'
import { newId, type DurationMs } from '#kernel'
import { mayChangeMembers, mayReadDepartments } from './access.ts'
import { audited, changesOf } from './audited.ts'
import { refuseOutdated, tellEtag } from './etag.ts'
import type { Parts } from './parts.ts'
import { found, ProblemAnswer, referenceUnknown } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, organizationOf } from './scope.ts'
import { answers, idParam, nothing } from './wire.ts'

const tags = ['departments']

export const departmentRoutes = routesOf(listDepartments, createDepartment, patchDepartment, removeDepartment)

function listDepartments(app: App, parts: Parts): void {
  app.get(
    '/api/departments',
    {
      schema: {
        tags,
        summary: 'Departments of an organization, from the top down',
        querystring: scopeQuery,
        response: answers(200, listOf(department)),
      },
      config: { access: mayReadDepartments },
    },
    async (request) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      return { items: (await parts.stores.directory.departments(organizationId)).map(departmentToWire) }
    },
  )
}

function createDepartment(app: App, parts: Parts): void {
  app.post(
    '/api/departments',
    {
      schema: { tags, summary: 'Make a department', body: newDepartment, response: answers(201, department) },
      config: { access: mayChangeMembers },
    },
    async (request, reply) => {
      const { body } = request
      const organizationId = organizationOf(request, body.organizationId)
      const made = await parts.stores.atomically(async (stores) => {
        const { directory } = stores
        if ((await directory.lockOrganization(organizationId)) === undefined) throw referenceUnknown('organizationId')
        const decided = addDepartment(await directory.departments(organizationId), {
          id: newId(parts.clock.now()),
          organizationId,
          parentId: body.parentId === null ? null : idOf<'department'>(body.parentId),
          name: body.name,
          depth: 0,
          limits: { ...body.limits, monthlyMs: body.limits.monthlyMs as DurationMs | null },
        })
        if (!decided.ok) throw refusalOf(decided.refusal)
        await directory.createDepartment(decided.value)
        const { id, name, parentId } = decided.value
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'department.created', subjectId: id, detail: { name, parentId } },
        )
        return decided.value
      })
      tellEtag(reply, made)
      return reply.code(201).send(departmentToWire(made))
    },
  )
}

function patchDepartment(app: App, parts: Parts): void {
  app.patch(
    '/api/departments/:id',
    {
      schema: {
        tags,
        summary: 'Change or move a department; its limits apply to the next call at once',
        params: idParam,
        querystring: scopeQuery,
        body: departmentChange,
        response: answers(200, department),
      },
      config: { access: mayChangeMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const subjectId = idOf<'department'>(request.params.id)
      const { parentId, ...rest } = request.body
      const change = {
        ...rest,
        ...(parentId === undefined ? {} : { parentId: parentId === null ? null : idOf<'department'>(parentId) }),
      } as DepartmentChange
      const changed = await parts.stores.atomically(async (stores) => {
        const { directory } = stores
        found(await directory.lockOrganization(organizationId))
        const tree = await directory.departments(organizationId)
        const before = found(tree.find(({ id }) => id === subjectId))
        refuseOutdated(request, before)
        const decided = changeDepartment(tree, before, change)
        if (!decided.ok) throw refusalOf(decided.refusal)
        const after = found(decided.value[0])
        const detail = changesOf(before, after)
        if (detail === undefined) return after
        await directory.changeDepartments(decided.value)
        await audited(
          request,
          { ...parts, stores },
          { organizationId, action: 'department.changed', subjectId, detail },
        )
        return after
      })
      tellEtag(reply, changed)
      return departmentToWire(changed)
    },
  )
}

function removeDepartment(app: App, parts: Parts): void {
  app.delete(
    '/api/departments/:id',
    {
      schema: {
        tags,
        summary: 'Remove a department that has neither members nor departments below: nobody’s limits change unseen',
        params: idParam,
        querystring: scopeQuery,
        response: answers(204, nothing),
      },
      config: { access: mayChangeMembers },
    },
    async (request, reply) => {
      const organizationId = organizationOf(request, request.query.organizationId)
      const id = idOf<'department'>(request.params.id)
      await parts.stores.atomically(async (stores) => {
        const { directory } = stores
        found(await directory.lockOrganization(organizationId))
        const before = found((await directory.departments(organizationId)).find((one) => one.id === id))
        refuseOutdated(request, before)
        const removed = await directory.deleteDepartment(organizationId, id)
        if (!removed.ok) throw new ProblemAnswer(removed.refusal.code)
        const { name, parentId, limits } = before
        await audited(
          request,
          { ...parts, stores },
          {
            organizationId,
            action: 'department.removed',
            subjectId: id,
            detail: { before: { name, parentId, limits } },
          },
        )
      })
      return reply.code(204).send(null)
    },
  )
}

const refusalOf = ({ code }: DepartmentRefusal): ProblemAnswer =>
  code === 'parent-unknown' ? referenceUnknown('parentId') : new ProblemAnswer(code)

const departmentToWire = ({ id, parentId, name, depth, limits }: Department): WireDepartment => ({
  id,
  parentId,
  name,
  depth,
  limits: { ...limits },
})
