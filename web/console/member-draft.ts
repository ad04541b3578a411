import type { WireMember } from '@tandem/contract'

/** What the boxes of a member's form hold, as a person types it. */
export type MemberDraft = {
  readonly name: string
  readonly login: string
  readonly role: string
  readonly phone: string
  readonly extension: string
  readonly departmentIds: readonly string[]
  /** Separated by commas. */
  readonly tags: string
  /** Empty: as the department says. */
  readonly mayCall: string
  /** Minutes; empty: as the department says. */
  readonly monthly: string
  readonly isShielded: boolean
  readonly isNumberHidden: boolean
  readonly hasHours: boolean
  /** ISO weekdays, 1 = Monday. */
  readonly weekdays: readonly number[]
  /** `HH:MM`. */
  readonly hoursFrom: string
  readonly hoursUntil: string
}

export type DraftField = keyof MemberDraft

const OFFICE_DAYS = [1, 2, 3, 4, 5]

export const EMPTY_DRAFT: MemberDraft = {
  name: '',
  login: '',
  role: 'member',
  phone: '',
  extension: '',
  departmentIds: [],
  tags: '',
  mayCall: '',
  monthly: '',
  isShielded: false,
  isNumberHidden: false,
  hasHours: false,
  weekdays: OFFICE_DAYS,
  hoursFrom: '09:00',
  hoursUntil: '18:00',
}

export function draftOf(member: WireMember): MemberDraft {
  const { limits, workingHours: hours } = member
  return {
    name: member.name,
    login: member.login,
    role: member.role,
    phone: member.phone ?? '',
    extension: member.extension ?? '',
    departmentIds: member.departmentIds.toSorted(),
    tags: member.tags.join(', '),
    mayCall: limits.mayCall ?? '',
    monthly: limits.monthlyMs === null ? '' : String(limits.monthlyMs / 60_000),
    isShielded: member.isShielded,
    isNumberHidden: member.isNumberHidden,
    hasHours: hours !== null,
    weekdays: hours?.weekdays.toSorted() ?? EMPTY_DRAFT.weekdays,
    hoursFrom: hours ? timeOf(hours.fromMinute) : EMPTY_DRAFT.hoursFrom,
    hoursUntil: hours ? timeOf(hours.untilMinute) : EMPTY_DRAFT.hoursUntil,
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The fields in which two drafts differ. */
export const differences = (a: MemberDraft, b: MemberDraft): readonly DraftField[] =>
  (Object.keys(a) as DraftField[]).filter((field) => !isSame(a[field], b[field]))

/** What of a draft differs from what is there, in the words of the API; its schema still has to look at it. */
export function changeOf(draft: MemberDraft, base: MemberDraft): Readonly<Record<string, unknown>> {
  const whole = wholeOf(draft)
  const changed = new Set(differences(draft, base))
  const isChanged = (name: string) => (FIELDS_OF[name] ?? [name as DraftField]).some((field) => changed.has(field))
  const limits = {
    ...(changed.has('mayCall') ? { mayCall: whole.limits.mayCall } : {}),
    ...(changed.has('monthly') ? { monthlyMs: whole.limits.monthlyMs } : {}),
  }
  const named = Object.entries(whole).filter(([name]) => name !== 'limits' && isChanged(name))
  return { ...Object.fromEntries(named), ...(Object.keys(limits).length > 0 ? { limits } : {}) }
}

const FIELDS_OF: Readonly<Record<string, readonly DraftField[]>> = {
  workingHours: ['hasHours', 'weekdays', 'hoursFrom', 'hoursUntil'],
}

/** All of a draft. What can't be read as a number stays one that no schema takes. */
export function wholeOf(draft: MemberDraft) {
  const { hasHours, weekdays, hoursFrom, hoursUntil, monthly, mayCall, tags, phone, extension, ...plain } = draft
  return {
    ...plain,
    phone: phone.trim() === '' ? null : phone.trim(),
    extension: extension.trim() === '' ? null : extension.trim(),
    tags: tags
      .split(/[,，、]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    limits: {
      mayCall: mayCall === '' ? null : mayCall,
      monthlyMs: monthly.trim() === '' ? null : Math.round(Number(monthly) * 60_000),
    },
    workingHours: hasHours
      ? { weekdays: weekdays.toSorted(), fromMinute: minuteOf(hoursFrom), untilMinute: untilMinuteOf(hoursUntil) }
      : null,
  }
}

/** Minutes since midnight; 24:00 is written as the midnight that it is. */
const timeOf = (minute: number): string => {
  const shown = minute % 1440
  return [Math.floor(shown / 60), shown % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

const minuteOf = (time: string): number => {
  const [hours = NaN, minutes = NaN] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** The end is exclusive: midnight is the end of the day, not its beginning. */
const untilMinuteOf = (time: string): number => (minuteOf(time) === 0 ? 1440 : minuteOf(time))

/** Which box a fault of the API belongs to, by its path; `undefined`: none. */
export function fieldOfPath(path: string): DraftField | undefined {
  if (path.startsWith('limits.mayCall')) return 'mayCall'
  if (path.startsWith('limits')) return 'monthly'
  if (path.startsWith('workingHours')) return 'hasHours'
  const [field = ''] = path.split('.')
  return field in EMPTY_DRAFT ? (field as DraftField) : undefined
}

/** Which box a refusal is about. */
export const FIELD_OF_CODE: Readonly<Record<string, DraftField>> = {
  'login-taken': 'login',
  'login-not-ours': 'login',
  'extension-taken': 'extension',
  'extension-reserved': 'extension',
  'last-administrator': 'role',
  'reference-unknown': 'departmentIds',
}
