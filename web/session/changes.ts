import {
  department,
  member,
  organization,
  type WireDepartment,
  type WireMember,
  type WireMemberChange,
  type WireOrganization,
} from '@tandem/contract'
import type { z } from 'zod'
import { nothing, request, type Ask } from './api.ts'

/**
 * A thing, and the name of how it was when it was read (`ETag`). The name goes back with a change, so that what somebody
 * else has changed meanwhile is not overwritten unseen: the change is refused with `changed-meanwhile`.
 */
export type Seen<T> = { readonly value: T; readonly etag: string | null }

export async function requestSeen<T>(schema: z.ZodType<T>, path: string, ask: Ask): Promise<Seen<T>> {
  let etag: string | null = null
  const onHeaders = (headers: Headers) => {
    etag = headers.get('etag')
  }
  const value = await request(schema, path, { ...ask, onHeaders })
  return { value, etag }
}

export const changeMember = (
  { value: { id }, etag }: Seen<WireMember>,
  body: WireMemberChange,
): Promise<Seen<WireMember>> => requestSeen(member, `/members/${id}`, { method: 'PATCH', body, ifMatch: etag })

/** Ends all that the member has open. */
export const resetPassword = (memberId: string, password: string): Promise<unknown> =>
  request(nothing, `/members/${memberId}/password`, { method: 'POST', body: { password } })

export const createDepartment = (body: object): Promise<WireDepartment> =>
  request(department, '/departments', { method: 'POST', body })

export const changeDepartment = (id: string, body: object): Promise<WireDepartment> =>
  request(department, `/departments/${id}`, { method: 'PATCH', body })

export const removeDepartment = (id: string): Promise<unknown> =>
  request(nothing, `/departments/${id}`, { method: 'DELETE' })

export const changeOrganization = (
  { value: { id }, etag }: Seen<WireOrganization>,
  body: { readonly name?: string; readonly defaultNumber?: string },
): Promise<Seen<WireOrganization>> =>
  requestSeen(organization, `/organizations/${id}`, { method: 'PATCH', body, ifMatch: etag })
