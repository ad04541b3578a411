import type { LicenceKind } from '#compliance'
import { drawsByUse, type PlanTerms } from '#entitlements'
import { durationMs, later, newId, parseE164, parseZone, type OrganizationId } from '#kernel'
import { CARRIER_ID, moveSimulatedTrunks, simulatedTrunks } from './network.ts'
import { seedPeople } from './people.ts'
import type { SeedParts } from './seed-parts.ts'
import { done, mustBe } from './sure.ts'

const DAY_MS = 24 * 3_600_000
const MINUTE_MS = 60_000
/** Enough for all the people of the demo, and some more. */
const SEATS = 50
/** What callees see: a fixed number in Xiamen, the isle of herons. */
const CALLER_NUMBER = '+865925550100'

/**
 * Fills an empty installation with Heron Logistics; one that has any organization is left as it is, but for the place
 * of the simulated network, which is another at each start. `stores` must write all of it or nothing: a start that is killed half-way would otherwise leave half an organization for ever.
 */
export async function seedDemo(parts: SeedParts): Promise<boolean> {
  const { stores, carrier, at } = parts
  if ((await stores.directory.organizations()).length > 0) {
    await moveSimulatedTrunks(stores.carriers, carrier)
    return false
  }
  const organizationId = newId<'organization'>(at)
  await stores.directory.createOrganization({
    id: organizationId,
    name: 'Heron Logistics 鹭岛物流',
    code: 'heron',
    zone: mustBe(parseZone('Asia/Shanghai')),
    country: 'CN',
    jurisdiction: 'cn',
    verification: 'verified',
    standing: 'active',
  })
  await seedNetwork(parts, organizationId)
  await seedLicences(parts)
  await seedOffer(parts, organizationId)
  await seedPeople(parts, organizationId)
  return true
}

async function seedNetwork({ stores, carrier, at }: SeedParts, organizationId: OrganizationId): Promise<void> {
  done(await stores.carriers.createCarrier({ id: CARRIER_ID, name: 'Simulated Telecom' }))
  for (const trunk of simulatedTrunks(CARRIER_ID, carrier)) done(await stores.carriers.createTrunk(trunk))
  done(
    await stores.carriers.createNumberRight({
      number: mustBe(parseE164(CALLER_NUMBER)),
      organizationId,
      proof: 'demo contract 2026-001',
      validFrom: later(at, -365 * DAY_MS),
      validUntil: null,
      isDefault: true,
    }),
  )
}

/** What the operator of such a service needs in China for its calls in the country. None for international ones. */
async function seedLicences({ stores, at }: SeedParts): Promise<void> {
  const year = new Date(at).getUTCFullYear()
  const kinds: readonly LicenceKind[] = ['ip-telephony', 'multi-party', 'information']
  for (const kind of kinds) {
    done(
      await stores.licences.createLicence({
        id: newId(at),
        kind,
        number: `DEMO-${kind}`,
        holder: { kind: 'operator' },
        jurisdiction: 'cn',
        validFrom: `${year - 1}-01-01`,
        validUntil: `${year + 3}-12-31`,
        agreement: null,
      }),
    )
  }
}

const TERMS: PlanTerms = {
  services: ['business-direct', 'network'],
  draws: drawsByUse(['member', 'organization']),
  increments: { firstMs: durationMs(MINUTE_MS), nextMs: durationMs(MINUTE_MS) },
  monthlyGrant: { memberMs: durationMs(60 * MINUTE_MS), organizationMs: durationMs(1000 * MINUTE_MS) },
  zones: ['domestic'],
  serviceCodes: ['10086', '95*', '400*'],
  concurrency: { member: 2, organization: 10 },
  longestCallMs: durationMs(4 * 60 * MINUTE_MS),
  sliceMs: durationMs(MINUTE_MS),
}

async function seedOffer({ stores, at }: SeedParts, organizationId: OrganizationId): Promise<void> {
  const { entitlements } = stores
  const since = later(at, -30 * DAY_MS)
  const planId = newId<'plan'>(at)
  done(await entitlements.createPlan({ id: planId, name: 'Business 1,000' }))
  done(await entitlements.createPlanVersion({ id: newId(at), planId, effectiveFrom: since, terms: TERMS }))
  done(
    await entitlements.createSubscription({
      id: newId(at),
      organizationId,
      planId,
      from: since,
      until: null,
      seats: SEATS,
    }),
  )
}
