import type { House } from './house.ts'

/** What came over the wire: tests say what they expect of it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

type Answer = { readonly status: number; readonly body: Json; readonly headers: { readonly [name: string]: unknown } }
type Sent = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
}

/** Somebody who uses the API with a token or key, or with none. */
export function outsider({ http }: Pick<House, 'http'>, token?: string) {
  const send = async ({ method, path, body, headers = {} }: Sent): Promise<Answer> => {
    const authorization: { [name: string]: string } = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await http.inject({
      method,
      url: path,
      headers: { ...authorization, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const isJson = String(answer.headers['content-type'] ?? '').includes('json')
    return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers }
  }
  return {
    send,
    get: (path: string) => send({ method: 'GET', path }),
    post: (path: string, body?: unknown, headers?: Sent['headers']) =>
      send({ method: 'POST', path, body, ...(headers === undefined ? {} : { headers }) }),
    patch: (path: string, body: unknown, headers?: Sent['headers']) =>
      send({ method: 'PATCH', path, body, ...(headers === undefined ? {} : { headers }) }),
    remove: (path: string) => send({ method: 'DELETE', path }),
  }
}

export type Outsider = ReturnType<typeof outsider>

export async function signInAs(
  house: House,
  login: string,
  password: string,
): Promise<Outsider & { readonly token: string; readonly memberId: string }> {
  const { status, body } = await outsider(house).post('/api/session', { login, password, token: true })
  if (status !== 200) throw new Error(`${login} could not sign in: ${JSON.stringify(body)}`)
  return { ...outsider(house, body.token), token: body.token, memberId: body.memberId }
}

/** An organization with a plan and people, made by the API alone. */
export async function foundOrganization(house: House, name: string, terms: object = {}) {
  const operator = outsider(house, house.bootstrapKey)
  const make = async (path: string, body: object) => {
    const answer = await operator.post(path, body)
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const organization = await make('/api/organizations', {
    name,
    zone: 'Asia/Shanghai',
    country: 'CN',
    jurisdiction: 'cn',
  })
  const plan = await make('/api/plans', { name: `${name} plan` })
  await make(`/api/plans/${plan.id}/versions`, {
    terms: { ...PLAN_TERMS, ...terms },
  })
  await make('/api/subscriptions', {
    organizationId: organization.id,
    planId: plan.id,
  })
  const slug = name.toLowerCase()
  const [administrator, member] = [
    await make('/api/members', {
      organizationId: organization.id,
      name: 'Ann',
      login: `${slug}-ann`,
      password: PASSWORD,
      role: 'administrator',
    }),
    await make('/api/members', {
      organizationId: organization.id,
      name: 'Bob',
      login: `${slug}-bob`,
      password: PASSWORD,
    }),
  ]
  return { organization, plan, administrator, member, make, operator, slug }
}

export const PASSWORD = 'correct horse battery'
export const PLAN_TERMS = {
  services: ['business-direct'],
  draws: ['member', 'organization'],
  increments: { firstMs: 60_000, nextMs: 60_000 },
  monthlyGrant: { memberMs: 600_000, organizationMs: 6_000_000 },
  zones: ['domestic'],
  concurrency: { member: 5, organization: 50 },
}
