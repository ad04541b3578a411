/** The names of what is cached. A shorter key invalidates all that begin with it. */
export const keys = {
  session: ['session'] as const,
  liveCalls: ['calls', 'live'] as const,
  call: (id: string) => ['calls', 'one', id] as const,
  contacts: ['contacts'] as const,
  members: ['members'] as const,
  allMembers: ['members', 'all'] as const,
  member: (id: string) => ['members', 'one', id] as const,
  memberList: (filter: object) => ['members', 'list', filter] as const,
  departments: ['departments'] as const,
  organization: ['organization'] as const,
  pools: ['pools'] as const,
  pool: (id: string) => ['pools', 'one', id] as const,
  poolList: (filter: object) => ['pools', 'list', filter] as const,
  /** Minutes that the member could still talk now, in ms. */
  minutes: ['minutes'] as const,
  /** Calls inside the app that reached nobody and were not seen yet. */
  missed: ['missed'] as const,
  ledger: (poolId: string) => ['ledger', poolId] as const,
  records: ['records'] as const,
  recordList: (filter: object) => ['records', 'list', filter] as const,
  network: ['network'] as const,
  offer: (what: 'numbers' | 'plans' | 'subscriptions') => ['offer', what] as const,
  decisionList: (filter: object) => ['decisions', 'list', filter] as const,
  demo: (what: 'numbers' | 'accounts') => ['demo', what] as const,
}
