import type { Standing } from '#admission'
import { emergencyPlanOf, type Trunk } from '#carriers'
import { RULE_TABLES } from '#compliance'
import { type Instant, instant, type MemberId, type OrganizationId } from '#kernel'
import { sql } from 'kysely'
import { openCarrierStore } from './carriers.ts'
import type { Db } from './connection.ts'
import { departmentLimits } from './limits.ts'
import { timestamp } from './values.ts'

/**
 * The standing facts of an organization and of a caller, kept for as long as nobody wrote what they are read from: whoever
 * does raises the revision in the same transaction (migrations/0026-revisions.ts), on whichever server. So what is kept
 * holds exactly while the revision that is read with a moment is the one that was read with them.
 */
export type Known = Pick<Standing, 'organization' | 'regime'> & {
  readonly revision: string
  readonly caller: Pick<Standing['caller'], 'caller' | 'departmentLimits'>
  /** With what the engine needs of them, and no decision reads. */
  readonly wholeTrunks: readonly Trunk[]
  /** The same moments' facts give the same object, which a judge is known by. */
  readonly standings: Map<string, Standing>
}

export type KnownStandings = {
  /** As it was when somebody last asked; `undefined`: nobody did, or it does not hold at this instant. */
  known(who: Who): Known | undefined
  /** By this connection, in its transaction. `undefined`: there is no such caller. */
  load(db: Db, who: Who): Promise<Known | undefined>
}

type Who = { readonly organizationId: OrganizationId; readonly callerId: MemberId; readonly at: Instant }

type OfOrganization = Pick<Known, 'organization' | 'regime' | 'revision' | 'wholeTrunks'> & {
  /** The plan version is another before and after. */
  readonly from: Instant
  readonly until: Instant
  readonly callers: Map<MemberId, Known>
}

const MOST_ORGANIZATIONS = 1_000
const MOST_CALLERS = 2_000

export function openStandings(): KnownStandings {
  const organizations = new Map<OrganizationId, OfOrganization>()
  const trunksAt = openTrunks()
  const holding = ({ organizationId, at }: Who): OfOrganization | undefined => {
    const known = organizations.get(organizationId)
    return known !== undefined && known.from <= at && at < known.until ? known : undefined
  }
  return {
    known: (who) => holding(who)?.callers.get(who.callerId),
    async load(db, who) {
      const read = await loadStanding(db, who)
      if (read === undefined) return undefined
      const before = holding(who)
      // Same revision, same values: the objects that are known are kept, and with them the judges.
      const isSame = before?.revision === read.revision
      const ofAll = isSame ? before : ofOrganization(read, await trunksAt(read.revision, db), who.at)
      makeRoom(organizations, MOST_ORGANIZATIONS).set(who.organizationId, ofAll)
      const { organization, regime, revision, wholeTrunks } = ofAll
      const caller = { caller: read.caller, departmentLimits: read.departmentLimits }
      const known = { organization, regime, revision, wholeTrunks, caller, standings: new Map() }
      makeRoom(ofAll.callers, MOST_CALLERS).set(who.callerId, known)
      return known
    },
  }
}

/** What was met first is forgotten first. */
function makeRoom<K, V>(known: Map<K, V>, most: number): Map<K, V> {
  if (known.size >= most) known.delete(known.keys().next().value!)
  return known
}

/** Everybody's: read anew when the installation's part of a revision is another one. */
function openTrunks(): (revision: string, db: Db) => Promise<readonly Trunk[]> {
  let known: { readonly revision: string | undefined; readonly trunks: readonly Trunk[] } | null = null
  return async (whole, db) => {
    const revision = whole.split('.').at(-1)
    if (known === null || known.revision !== revision) known = { revision, trunks: await openCarrierStore(db).trunks() }
    return known.trunks
  }
}

type Read = Standing['regime'] &
  Known['caller'] &
  Pick<Known, 'organization' | 'revision'> & { readonly from: Instant | null; readonly until: Instant | null }

function ofOrganization(read: Read, wholeTrunks: readonly Trunk[], at: Instant): OfOrganization {
  const { organization, revision, licences, numberRights, planVersion, trunks } = read
  const tables = { law: RULE_TABLES[organization.jurisdiction], emergency: emergencyPlanOf(organization.country) }
  return {
    organization,
    revision,
    regime: { licences, numberRights, planVersion, trunks, tables },
    wholeTrunks,
    from: read.from ?? instant(Math.min(at, 0)),
    until: read.until ?? instant(Number.MAX_SAFE_INTEGER),
    callers: new Map(),
  }
}

/**
 * One statement, so that all is of one instant. The names inside the JSON are those of `World`, each by hand: what is
 * stored must not grow with the tables.
 */
async function loadStanding(db: Db, { organizationId, callerId, at: asked }: Who): Promise<Read | undefined> {
  const at = timestamp(asked)
  const { rows } = await sql<{ facts: Read }>`
    SELECT json_build_object(
      'revision', revision_of(organization.id),
      'organization', json_build_object('id', organization.id, 'name', organization.name, 'zone', organization.zone,
        'country', organization.country, 'jurisdiction', organization.jurisdiction, 'verification', organization.verification,
        'standing', organization.standing),
      'caller', json_build_object('id', caller.id, 'standing', caller.standing, 'isShielded', caller.is_shielded, 'tags', caller.tags,
        'limits', json_build_object('mayCall', caller.may_call, 'monthlyMs', caller.monthly_ms)),
      'departmentLimits', ${departmentLimits(callerId)},
      'licences', ${licences},
      'numberRights', ${numberRights},
      'planVersion', ${planVersion(at)},
      'trunks', ${trunks},
      'from', (SELECT epoch_ms(max(edge)) FROM ${edges} WHERE edge <= ${at}),
      'until', (SELECT epoch_ms(min(edge)) FROM ${edges} WHERE edge > ${at})) AS facts
    FROM organization JOIN member AS caller ON caller.organization_id = organization.id
    WHERE organization.id = ${organizationId} AND caller.id = ${callerId}`.execute(db)
  return rows[0]?.facts
}

/** The instants at which another plan version may come into force: ends of subscriptions, beginnings of versions. */
const edges = sql`(
  SELECT unnest(ARRAY[lower(during), upper(during)]) AS edge FROM subscription WHERE organization_id = organization.id
  UNION ALL SELECT effective_from FROM plan_version WHERE plan_id IN (
    SELECT plan_id FROM subscription WHERE organization_id = organization.id)) AS change`

const licences = sql`(
  SELECT coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'number', number, 'jurisdiction', jurisdiction,
    'holder', CASE WHEN carrier_id IS NULL THEN json_build_object('kind', 'operator')
      ELSE json_build_object('kind', 'carrier', 'carrierId', carrier_id) END,
    'validFrom', valid_from, 'validUntil', valid_until, 'agreement', agreement) ORDER BY valid_from, id), '[]') FROM licence)`

const numberRights = sql`(
  SELECT coalesce(json_agg(json_build_object('number', number, 'organizationId', organization_id, 'proof', proof,
    'validFrom', epoch_ms(valid_from), 'validUntil', epoch_ms(valid_until), 'isDefault', is_default) ORDER BY number, valid_from), '[]')
    FROM number_right WHERE organization_id = organization.id)`

const planVersion = (at: Date) => sql`(
  SELECT json_build_object('id', version.id, 'planId', version.plan_id, 'effectiveFrom', epoch_ms(version.effective_from), 'terms', version.terms)
    FROM subscription JOIN plan_version AS version ON version.plan_id = subscription.plan_id
   WHERE subscription.organization_id = organization.id AND during @> ${at}::timestamptz AND version.effective_from <= ${at}
   ORDER BY version.effective_from DESC LIMIT 1)`

const trunks = sql`(
  SELECT coalesce(json_agg(json_build_object('id', id, 'carrierId', carrier_id, 'priority', priority, 'zones', zones, 'standing', standing)
    ORDER BY priority, id), '[]') FROM trunk)`
