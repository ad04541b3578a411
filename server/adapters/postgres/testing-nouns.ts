import type { Attempt, BusinessAttempt, BusinessTerms, Decision, World } from '#admission'
import {
  callerNumberOf,
  dialledOf,
  partyIdOf,
  recordIdOf,
  snapshotOfStored,
  type Call,
  type CallSnapshot,
  type CallState,
  type Meter,
  type NewEvent,
  type StoredCall,
  type StoredParty,
} from '#calls'
import { destinationOf, type Trunk } from '#carriers'
import type { Licence } from '#compliance'
import type { Member, Organization } from '#directory'
import { drawsByUse, type PlanTerms, type Pool } from '#entitlements'
import {
  type CarrierId,
  durationMs,
  type E164,
  type Instant,
  instant,
  later,
  type MemberId,
  newId,
  type OrganizationId,
  parseZone,
  type ZoneId,
} from '#kernel'
import type { CallRecord } from '#records'
import type { Stores } from './index.ts'

/** Nouns as small as they may be, for the tests of the stores; each test changes what it is about. */

export const minute = 60_000
export const beijing: ZoneId = parseZone('Asia/Shanghai')!
/** Monday 2026-11-23, 12:00 in Beijing. */
export const noon: Instant = instant(Date.UTC(2026, 10, 23, 4))
export const e164 = (digits: string): E164 => `+${digits}` as E164

export const anOrganization = (changes: Partial<Organization> = {}): Organization => ({
  id: newId(),
  name: 'Long March Logistics',
  code: newId().replaceAll('-', ''),
  zone: beijing,
  country: 'CN',
  jurisdiction: 'cn',
  verification: 'verified',
  standing: 'active',
  ...changes,
})

export const aMember = (organizationId: OrganizationId, changes: Partial<Member> = {}): Member => {
  const id = newId<'member'>()
  return {
    id,
    organizationId,
    name: 'Li Na',
    login: id,
    role: 'member',
    standing: 'active',
    phone: null,
    extension: null,
    departmentIds: [],
    tags: [],
    isShielded: false,
    isNumberHidden: false,
    limits: { mayCall: null, monthlyMs: null },
    workingHours: null,
    language: null,
    ...changes,
  }
}

export const aTrunk = (carrierId: CarrierId, changes: Partial<Trunk> = {}): Trunk => {
  const id = newId<'trunk'>()
  return {
    id,
    carrierId,
    name: id,
    host: 'carrier.example',
    port: 5060,
    transport: 'udp',
    auth: { kind: 'digest', username: 'u', password: 'secret' },
    registers: true,
    numberFormat: 'e164',
    callerIdFormat: 'e164',
    fromUser: null,
    fromDomain: null,
    outboundProxy: null,
    qualifyIntervalS: 10,
    zones: [],
    priority: 1,
    failsOverOnTimeout: false,
    standing: 'active',
    ...changes,
  }
}

export const terms = (changes: Partial<PlanTerms> = {}): PlanTerms => ({
  services: ['business-direct'],
  draws: drawsByUse(['member', 'organization']),
  increments: { firstMs: durationMs(minute), nextMs: durationMs(minute) },
  monthlyGrant: { memberMs: durationMs(10 * minute), organizationMs: durationMs(1_000 * minute) },
  zones: ['domestic'],
  serviceCodes: [],
  concurrency: { member: 1, organization: 10 },
  longestCallMs: durationMs(240 * minute),
  sliceMs: durationMs(minute),
  ...changes,
})

export type Subscriber = { readonly organization: Organization; readonly member: Member }

/** An organization with one member, on a plan of its own since ever. */
export async function subscribe(
  stores: Stores,
  changes: {
    organization?: Partial<Organization>
    member?: Partial<Member>
    terms?: Partial<PlanTerms>
    seats?: number
    until?: Instant
  } = {},
): Promise<Subscriber> {
  const organization = anOrganization(changes.organization)
  const member = aMember(organization.id, changes.member)
  await stores.directory.createOrganization(organization)
  await stores.directory.createMember(member)
  const plan = { id: newId<'plan'>(), name: newId<'plan'>() as string }
  await stores.entitlements.createPlan(plan)
  await stores.entitlements.createPlanVersion({
    id: newId(),
    planId: plan.id,
    effectiveFrom: instant(0),
    terms: terms(changes.terms),
  })
  await stores.entitlements.createSubscription({
    id: newId(),
    organizationId: organization.id,
    planId: plan.id,
    from: instant(0),
    until: changes.until ?? null,
    seats: changes.seats ?? null,
  })
  return { organization, member }
}

export const anAttempt = (
  { organization, member }: Subscriber,
  changes: Partial<BusinessAttempt> = {},
): BusinessAttempt => ({
  callId: newId(),
  at: noon,
  organizationId: organization.id,
  callerId: member.id,
  kind: 'business',
  mode: 'direct',
  dialled: '13900000001',
  ...changes,
})

/** A world that allows everything, for who reads it and writes nothing. */
export function aWorld(dialled: string): World {
  const organization = anOrganization()
  const { code: _, ...known } = organization
  const carrierId = newId<'carrier'>()
  const { id, priority, zones, standing } = aTrunk(carrierId)
  const right = { number: e164('862150000000'), organizationId: organization.id, proof: 'contract', isDefault: true }
  return {
    organization: known,
    caller: {
      id: newId(),
      standing: 'active',
      isShielded: false,
      limits: { mayCall: null, monthlyMs: null },
      tags: [],
    },
    departmentLimits: [],
    callee: null,
    isSavedContact: false,
    usedThisMonthMs: durationMs(0),
    licences: [aLicence()],
    numberRights: [{ ...right, validFrom: later(noon, -365 * 86_400_000), validUntil: null }],
    planVersion: { id: newId(), planId: newId(), effectiveFrom: instant(0), terms: terms() },
    pools: [
      { id: newId(), bucket: 'member', freeMs: durationMs(10 * minute) },
      { id: newId(), bucket: 'organization', freeMs: durationMs(1_000 * minute) },
    ],
    periodEndsAt: later(noon, 8 * 86_400_000),
    liveCalls: { member: 0, organization: 0 },
    trunks: [{ id, carrierId, priority, zones, standing, reachability: 'up' }],
    destination: destinationOf(dialled, 'CN'),
  }
}

export const aLicence = (changes: Partial<Licence> = {}): Licence => ({
  id: newId(),
  kind: 'ip-telephony',
  number: 'A2.B1-7',
  holder: { kind: 'operator' },
  jurisdiction: 'cn',
  validFrom: '2026-01-01',
  validUntil: '2026-12-31',
  agreement: null,
  ...changes,
})

export const aDecision = (attempt: Attempt, world: World): Decision => ({
  id: newId(),
  attempt,
  world,
  admission: { admitted: false, refusal: { code: 'no-route' }, alternatives: [] },
})

/** To a phone, as nearly all in these tests are. */
export type BusinessCall = Omit<Call, 'terms'> & { readonly terms: BusinessTerms }

export const aCall = (attempt: Attempt, changes: Partial<BusinessCall> = {}): BusinessCall => ({
  id: attempt.callId,
  organizationId: attempt.organizationId,
  memberId: attempt.callerId,
  placedAt: attempt.at,
  dialledText: attempt.dialled,
  terms: {
    kind: 'business',
    dialled: { kind: 'number', number: e164('8613900000001') },
    homeCountry: 'CN',
    callerNumber: e164('861050000000'),
    path: 'ip-telephony',
    parties: 2,
    planVersionId: newId(),
    routes: [{ trunkId: newId(), licenceIds: [] }],
  },
  state: { name: 'placed' },
  ...changes,
})

/** Nothing is held yet. */
export const aMeter = (changes: Partial<Meter> = {}): Meter => ({
  legId: newId(),
  terms: {
    increments: { firstMs: durationMs(minute), nextMs: durationMs(minute) },
    sliceMs: durationMs(minute),
    longestCallMs: durationMs(240 * minute),
    draws: ['organization'],
    monthlyGrant: { memberMs: durationMs(0), organizationMs: durationMs(1_000 * minute) },
  },
  heldMs: durationMs(0),
  isLast: false,
  ...changes,
})

/** Of a room of two: who calls, and who is called and paid for. */
export const someParties = (call: Call, meter: Meter = aMeter()): readonly StoredParty[] => [
  { id: partyIdOf(call.id, 'initiator'), role: 'initiator', memberId: call.memberId, number: null, meter: null },
  { id: partyIdOf(call.id, 'participant'), role: 'participant', memberId: null, number: e164('8613900000001'), meter },
]

/** The end of a call is written after its money was settled, or not at all. */
export async function settleNothing({ ledger }: Stores, parties: readonly StoredParty[]): Promise<void> {
  for (const { meter } of parties)
    if (meter !== null)
      await ledger.settle({ operationId: newId(), legId: meter.legId, ratedMs: durationMs(0), at: noon })
}

/** As it is taken over after a restart; none, once it is over. */
export const storedCall = async ({ calls }: Stores, { id }: Pick<Call, 'id'>): Promise<StoredCall | undefined> =>
  (await calls.live()).calls.find(({ call }) => call.id === id)

type Over = CallState & { readonly name: 'ended' }

export const BUSY = { name: 'ended', answeredAt: null, endedAt: later(noon, 5), reason: 'busy' } as const

/** What a call that is over looks like, and its record. */
export const overOf = (call: Call, state: Over): CallSnapshot => {
  const over = snapshotOfStored({ ...call, state })
  return { ...over, dialled: over.number ?? over.dialled }
}
export const recordOf = (call: Call, { answeredAt, endedAt, reason }: Over): CallRecord =>
  aRecord(call, {
    callId: call.id,
    callerId: callerNumberOf(call),
    dialled: dialledOf(call).text,
    calleeId: call.terms.calleeId ?? null,
    isByNumber: call.terms.calleeId === null,
    placedAt: call.placedAt,
    answeredAt,
    endedAt,
    endReason: reason,
  })

export const aRecord = (
  { organizationId, memberId }: { organizationId: OrganizationId; memberId: MemberId },
  changes: Partial<CallRecord> = {},
): CallRecord => ({
  id: newId(),
  supersedes: null,
  callId: newId(),
  organizationId,
  memberId,
  kind: 'business',
  mode: 'direct',
  path: 'ip-telephony',
  callerId: null,
  dialled: '13900000001',
  calleeId: null,
  isByNumber: false,
  placedAt: noon,
  answeredAt: later(noon, 5_000),
  endedAt: later(noon, 65_000),
  endReason: 'hangup-caller',
  planVersionId: newId(),
  ratedMs: durationMs(minute),
  overrunMs: durationMs(0),
  parties: [{ partyId: newId(), role: 'initiator', memberId }],
  legs: [],
  draws: [],
  ...changes,
})

/** The event of its end, as its caller hears it. */
export const anEnd = ({ id: callId, organizationId, memberId, placedAt }: Call, leftMs = 0): NewEvent => ({
  type: 'call-ended',
  payload: {
    callId,
    placedAt,
    recordId: recordIdOf(callId),
    reason: 'busy',
    ratedMs: durationMs(0),
    leftMs: durationMs(leftMs),
  },
  organizationId,
  memberId,
})

/** All that are there, of all months. */
export async function poolsOf({ entitlements }: Stores, organizationId: OrganizationId): Promise<readonly Pool[]> {
  const everything = { reader: null, memberId: null, text: null, bucket: null, monthFrom: null, drawnAt: null }
  const page = { after: null, limit: 1_000 }
  const listed = await entitlements.listPools({ organizationId, ...everything, expected: null, page })
  return listed.map(({ pool }) => pool).filter((pool) => pool !== null)
}
