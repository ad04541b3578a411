import type { RuleTable } from './rule.ts'

/** For places whose rules nobody has written down here: the operator answers for being allowed to offer calls. */
export const NONE: RuleTable = {
  note: 'No rules are checked. That is not a statement that none exist: ask counsel.',
  unruled: 'lawful',
  rules: [],
}
