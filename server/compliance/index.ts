export { lawful, RULE_TABLES, type Jurisdiction, type LawQuestion, type MissingLicence } from './lawful.ts'
export type { Licence, LicenceKind, Path } from './licence.ts'
export type { Reach, Rule, RuleTable, Whose } from './rule.ts'
export type { LicenceStore } from './store.ts'
