import { assert, no, yes, type CarrierId, type LicenceId, type Outcome } from '#kernel'
import type { Licence, LicenceKind, Path } from './licence.ts'
import type { Rule, RuleTable } from './rule.ts'
import { CN } from './rules-cn.ts'
import { NONE } from './rules-none.ts'

export type Jurisdiction = 'cn' | 'none'

export const RULE_TABLES: { readonly [jurisdiction in Jurisdiction]: RuleTable } = { cn: CN, none: NONE }

/** May this be carried? One question per route, since a carrier's licence is the route's. */
export type LawQuestion = {
  readonly jurisdiction: Jurisdiction
  readonly path: Path
  /** Distinct people invited, the caller included, ≥ 2. Who did not answer counts. */
  readonly parties: number
  readonly isInternational: boolean
  /** Calendar day `YYYY-MM-DD` in the organization's zone. */
  readonly day: string
  readonly licences: readonly Licence[]
  /** The carrier behind the route; `null` where speech leaves by no trunk. */
  readonly carrierId: CarrierId | null
  /** The jurisdiction's rules as they were; absent: as they are. */
  readonly table?: RuleTable
}

/** The first rule that nobody's licence satisfies. */
export type MissingLicence = {
  readonly rule: string
  /** The kind to obtain; where several would do, the first of the row. */
  readonly licence: LicenceKind | 'unknown'
  readonly holder: 'provider' | 'carrier'
}

/** Yes with the licences that were leaned on, in the order of the rules. */
export function lawful(question: LawQuestion): Outcome<readonly LicenceId[], MissingLicence> {
  assert(question.parties >= 2, `a call of ${question.parties} parties`)
  const table = question.table ?? RULE_TABLES[question.jurisdiction]
  const leanedOn: LicenceId[] = []
  let matched = 0
  for (const rule of table.rules) {
    if (!applies(rule, question)) continue
    matched += 1
    const licence = question.licences.find((candidate) => satisfies(candidate, rule, question))
    if (licence === undefined) return no(missing(rule))
    leanedOn.push(licence.id)
  }
  if (matched === 0 && table.unruled === 'unlawful') {
    return no({ rule: `${question.jurisdiction}-unruled`, licence: 'unknown', holder: 'provider' })
  }
  return yes(leanedOn)
}

function applies(rule: Rule, { path, parties, isInternational }: LawQuestion): boolean {
  const reaches = rule.reach === 'any' || (rule.reach === 'international') === isInternational
  const counts = parties >= rule.parties.from && (rule.parties.to === null || parties <= rule.parties.to)
  return reaches && counts && rule.paths.includes(path)
}

function satisfies(licence: Licence, rule: Rule, { jurisdiction, day, carrierId }: LawQuestion): boolean {
  const { holder } = licence
  if (licence.jurisdiction !== jurisdiction || !rule.licences.includes(licence.kind)) return false
  // Days in ISO form compare as text; both ends are inclusive.
  if (day < licence.validFrom || day > licence.validUntil) return false
  switch (rule.whose) {
    case 'provider':
      return holder.kind === 'operator'
    case 'carrier':
      return holder.kind === 'carrier' && holder.carrierId === carrierId
    case 'provider-with-agreement':
      return holder.kind === 'carrier' && holder.carrierId === carrierId && licence.agreement !== null
  }
}

const missing = (rule: Rule): MissingLicence => ({
  rule: rule.id,
  licence: rule.licences[0] ?? 'unknown',
  holder: rule.whose === 'provider' ? 'provider' : 'carrier',
})
