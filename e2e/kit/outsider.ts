import {
  carrier,
  licence,
  member,
  number,
  organization,
  plan,
  planVersion,
  subscription,
  trunk,
  type WireMember,
  type WireTrunk,
} from '@tandem/contract'
import { signIn, type Api } from './api.ts'

type Account = { readonly login: string; readonly password: string }

/** An organization that somebody set up from outside, by the API alone. */
export type Organization = {
  readonly id: string
  readonly administrator: Api
  readonly account: Account
  readonly memberId: string
}

const AGES_AGO = '2020-01-01T00:00:00.000Z'

export type Terms = {
  readonly organizationMs: number
  readonly memberMs?: number
  readonly incrementMs?: number
  readonly sliceMs?: number
  readonly jurisdiction?: 'cn' | 'none'
  readonly concurrency?: { readonly member: number; readonly organization: number }
}

const FEW_CALLS = { member: 40, organization: 100 }

let made = 0

/** Organization, administrator (who makes the calls of the story), number and plan. */
export async function setUpOrganization(operator: Api, terms: Terms): Promise<Organization> {
  made += 1
  const name = `Outsider ${made} ${Date.now()}`
  const { id } = await operator.post(
    '/api/organizations',
    {
      name,
      zone: 'Asia/Shanghai',
      country: 'CN',
      jurisdiction: terms.jurisdiction ?? 'none',
      verification: 'verified',
    },
    organization,
  )
  const account = { login: `outsider-${made}-${Date.now()}`, password: 'a long enough password' }
  const person = await addMember(operator, id, account)
  await operator.post(
    '/api/numbers',
    {
      organizationId: id,
      // Nobody else's: it comes again after 16 minutes.
      number: `+862155${String(Date.now()).slice(-6)}`,
      proof: 'contract 1',
      validFrom: AGES_AGO,
    },
    number,
  )
  await subscribe(operator, id, terms)
  const administrator = await signIn(operator.address, account.login, account.password)
  return { id, administrator, account, memberId: person.id }
}

export const addMember = (operator: Api, organizationId: string, account: Account): Promise<WireMember> =>
  operator.post('/api/members', { organizationId, name: account.login, role: 'administrator', ...account }, member)

async function subscribe(operator: Api, organizationId: string, terms: Terms): Promise<void> {
  const { organizationMs, memberMs = 0, incrementMs = 60_000, sliceMs = 60_000, concurrency = FEW_CALLS } = terms
  const { id: planId } = await operator.post('/api/plans', { name: `Plan of ${organizationId}` }, plan)
  await operator.post(
    `/api/plans/${planId}/versions`,
    {
      terms: {
        services: ['business-direct'],
        draws: memberMs === 0 ? ['organization'] : ['member', 'organization'],
        increments: { firstMs: incrementMs, nextMs: incrementMs },
        monthlyGrant: { memberMs, organizationMs },
        zones: ['domestic'],
        concurrency,
        sliceMs,
      },
    },
    planVersion,
  )
  await operator.post('/api/subscriptions', { organizationId, planId }, subscription)
}

export type TrunkAddress = { readonly host: string; readonly port: number; readonly priority?: number }

/** A carrier with one trunk that is told by its address. */
export async function addTrunk(
  operator: Api,
  name: string,
  address: TrunkAddress,
): Promise<WireTrunk & { readonly carrierId: string }> {
  const { id: carrierId } = await operator.post('/api/carriers', { name }, carrier)
  return operator.post('/api/trunks', { carrierId, name, ...address, auth: { kind: 'ip' }, zones: ['domestic'] }, trunk)
}

export const addOwnLicence = (operator: Api): Promise<unknown> =>
  operator.post(
    '/api/licences',
    {
      kind: 'ip-telephony',
      number: 'A1-2026-0001',
      holder: { kind: 'operator' },
      jurisdiction: 'cn',
      validFrom: '2020-01-01',
      validUntil: '2099-12-31',
    },
    licence,
  )
