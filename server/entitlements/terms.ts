import { wholeOffer, type PlanTerms } from './plan.ts'

/** What is wrong with proposed terms; `field` is its path, such as `increments.firstMs`. */
export type TermsFault = {
  readonly field: string
  readonly code: 'out-of-range' | 'empty' | 'duplicate' | 'bad-code' | 'never-usable'
}

const SECOND = 1000
const HOUR = 3600 * SECOND
const LARGEST_GRANT_MS = 10_000_000 * 60 * SECOND

/** Everything that keeps these terms from being a plan version; empty = they can be. */
export function faultsOf(terms: PlanTerms): readonly TermsFault[] {
  return [...rangeFaults(terms), ...listFaults(terms), ...sense(terms)]
}

function rangeFaults(terms: PlanTerms): readonly TermsFault[] {
  const { increments, monthlyGrant, concurrency } = terms
  const rows: readonly (readonly [field: string, value: number, least: number, most: number])[] = [
    ['increments.firstMs', increments.firstMs, SECOND, HOUR],
    ['increments.nextMs', increments.nextMs, SECOND, HOUR],
    ['monthlyGrant.memberMs', monthlyGrant.memberMs, 0, LARGEST_GRANT_MS],
    ['monthlyGrant.organizationMs', monthlyGrant.organizationMs, 0, LARGEST_GRANT_MS],
    ['concurrency.member', concurrency.member, 1, 100],
    ['concurrency.organization', concurrency.organization, 1, 100_000],
    ['longestCallMs', terms.longestCallMs, SECOND, 24 * HOUR],
    ['sliceMs', terms.sliceMs, SECOND, HOUR],
  ]
  return rows
    .filter(([, value, least, most]) => !Number.isSafeInteger(value) || value < least || value > most)
    .map(([field]) => ({ field, code: 'out-of-range' }))
}

function listFaults(terms: PlanTerms): readonly TermsFault[] {
  const lists: readonly (readonly [field: string, list: readonly string[], mayBeEmpty: boolean])[] = [
    ['services', terms.services, true],
    ['draws.participant', terms.draws.participant, false],
    ['draws.initiator', terms.draws.initiator, false],
    ['zones', terms.zones, true],
    ['serviceCodes', terms.serviceCodes, true],
  ]
  return lists.flatMap(([field, list, mayBeEmpty]): readonly TermsFault[] => {
    if (list.length === 0 && !mayBeEmpty) return [{ field, code: 'empty' }]
    return new Set(list).size === list.length ? [] : [{ field, code: 'duplicate' }]
  })
}

function sense(terms: PlanTerms): readonly TermsFault[] {
  const faults: TermsFault[] = []
  if (terms.serviceCodes.some((code) => !/^\d{2,12}\*?$/.test(code)))
    faults.push({ field: 'serviceCodes', code: 'bad-code' })
  // A grant for a bucket that no leg draws could never be spent.
  const { draws, monthlyGrant } = wholeOffer(terms)
  if (monthlyGrant.memberMs > 0 && !draws.includes('member')) {
    faults.push({ field: 'monthlyGrant.memberMs', code: 'never-usable' })
  }
  if (monthlyGrant.organizationMs > 0 && !draws.includes('organization')) {
    faults.push({ field: 'monthlyGrant.organizationMs', code: 'never-usable' })
  }
  return faults
}

/** Whether the plan lets a service code be called: listed itself, or by a prefix that ends in `*`. */
export const allowsServiceCode = (listed: readonly string[], code: string): boolean =>
  listed.some((entry) => (entry.endsWith('*') ? code.startsWith(entry.slice(0, -1)) : code === entry))
