import {
  call,
  contact,
  decision,
  department,
  demoAccount,
  demoNumber,
  ledgerEntry,
  listOf,
  member,
  minutesLeft,
  missedCalls,
  networkState,
  number,
  organization,
  pageOf,
  plan,
  pool,
  record,
  session,
  subscription,
  type WireMember,
} from '@tandem/contract'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { request } from './api.ts'
import { requestSeen } from './changes.ts'
import { keys } from './keys.ts'

const PAGE = 50
const LARGEST_PAGE = 200

/** Where a list's next page begins; `null` = at the first row, or after the last. */
type Cursor = string | null

const memberPage = pageOf(member)
type MemberPage = z.infer<typeof memberPage>

/** Lists that fit one answer. */
const items = async <T extends z.ZodType>(schema: T, path: string, signal: AbortSignal) =>
  (await request(listOf(schema), path, { signal })).items

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: ({ signal }) => request(session, '/session', { signal }),
  staleTime: Infinity,
  // What he has changed about himself on another screen.
  refetchOnWindowFocus: 'always',
  retry: false,
})

export const liveCallsQuery = queryOptions({
  queryKey: keys.liveCalls,
  queryFn: ({ signal }) => items(call, '/calls?live=true', signal),
})

export const callQuery = (id: string) =>
  queryOptions({ queryKey: keys.call(id), queryFn: ({ signal }) => request(call, `/calls/${id}`, { signal }) })

export const contactsQuery = queryOptions({
  queryKey: keys.contacts,
  queryFn: ({ signal }) => items(contact, '/contacts', signal),
})

export type MemberFilter = {
  readonly text?: string | undefined
  readonly departmentId?: string | undefined
  readonly role?: string | undefined
  readonly standing?: string | undefined
}

/** Members that fit, page by page, by name. */
export const memberPagesQuery = (filter: MemberFilter) =>
  infiniteQueryOptions({
    queryKey: keys.memberList(filter),
    queryFn: ({ signal, pageParam }) =>
      request(pageOf(member), `/members?${search({ ...filter, cursor: pageParam ?? undefined, limit: PAGE })}`, {
        signal,
      }),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.next,
  })

/** One member as he is now, to look at or to change. */
export const memberQuery = (id: string) =>
  queryOptions({
    queryKey: keys.member(id),
    queryFn: ({ signal }) => requestSeen(member, `/members/${encodeURIComponent(id)}`, { signal }),
    // A form begins with him as he is, not as he was a while ago.
    staleTime: 0,
  })

/** The tree from the top down: each department stands behind the one that it is part of. */
export const departmentsQuery = queryOptions({
  queryKey: keys.departments,
  queryFn: ({ signal }) => items(department, '/departments', signal),
})

export const organizationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.organization,
    queryFn: ({ signal }) => requestSeen(organization, `/organizations/${id}`, { signal }),
    staleTime: 0,
  })

/** All members, for telling who is behind a number and for choices; a page with a list of them asks `memberPagesQuery`. */
export const membersQuery = queryOptions({
  queryKey: keys.allMembers,
  queryFn: async ({ signal }) => {
    const all: WireMember[] = []
    for (let cursor: Cursor | undefined; cursor !== null;) {
      const page: MemberPage = await request(memberPage, `/members?${search({ cursor, limit: LARGEST_PAGE })}`, {
        signal,
      })
      all.push(...page.items)
      cursor = page.next
    }
    return all
  },
})

export type PoolFilter = {
  /** `YYYY-MM` or `all`; left out: the current one. */
  readonly month?: string | undefined
  readonly memberId?: string | undefined
  readonly text?: string | undefined
  readonly bucket?: string | undefined
}

export const poolPagesQuery = (filter: PoolFilter) =>
  infiniteQueryOptions({
    queryKey: keys.poolList(filter),
    queryFn: ({ signal, pageParam }) =>
      request(pageOf(pool), `/pools?${search({ ...filter, cursor: pageParam ?? undefined, limit: PAGE })}`, { signal }),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.next,
  })

/** One pool, of whatever month. */
export const poolQuery = (id: string) =>
  queryOptions({
    queryKey: keys.pool(id),
    queryFn: ({ signal }) => request(pool, `/pools/${encodeURIComponent(id)}`, { signal }),
  })

/** What one could still talk, pools and limit together; the live events move it from there. */
export const minutesQuery = queryOptions({
  queryKey: keys.minutes,
  queryFn: async ({ signal }) => (await request(minutesLeft, '/me/minutes', { signal })).leftMs,
})

/** The live events say when to ask anew; another screen may have seen them meanwhile. */
export const missedQuery = queryOptions({
  queryKey: keys.missed,
  queryFn: ({ signal }) => request(missedCalls, '/me/missed', { signal }),
  staleTime: 0,
})

export type RecordFilter = {
  readonly callId?: string | undefined
  readonly memberId?: string | undefined
  readonly endReason?: string | undefined
  readonly answered?: 'true' | 'false' | undefined
  readonly text?: string | undefined
  readonly number?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
}

export const recordsQuery = (filter: RecordFilter) =>
  infiniteQueryOptions({
    queryKey: keys.recordList(filter),
    queryFn: ({ signal, pageParam }) =>
      request(pageOf(record), `/records?${search({ ...filter, cursor: pageParam ?? undefined, limit: PAGE })}`, {
        signal,
      }),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.next,
  })

export const ledgerQuery = (poolId: string) =>
  infiniteQueryOptions({
    queryKey: keys.ledger(poolId),
    queryFn: ({ signal, pageParam }) =>
      request(pageOf(ledgerEntry), `/ledger?${search({ poolId, cursor: pageParam ?? undefined, limit: PAGE })}`, {
        signal,
      }),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.next,
  })

export type DecisionFilter = {
  readonly memberId?: string | undefined
  readonly admitted?: 'true' | 'false' | undefined
  readonly code?: string | undefined
  readonly number?: string | undefined
  readonly text?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
}

export const decisionsQuery = (filter: DecisionFilter) =>
  infiniteQueryOptions({
    queryKey: keys.decisionList(filter),
    queryFn: ({ signal, pageParam }) =>
      request(pageOf(decision), `/decisions?${search({ ...filter, cursor: pageParam ?? undefined, limit: PAGE })}`, {
        signal,
      }),
    initialPageParam: null as Cursor,
    getNextPageParam: (last) => last.next,
  })

/** Whether calls get out at all; the live events move it. */
export const networkQuery = queryOptions({
  queryKey: keys.network,
  queryFn: ({ signal }) => request(networkState, '/network', { signal }),
})

export const numbersQuery = queryOptions({
  queryKey: keys.offer('numbers'),
  queryFn: ({ signal }) => items(number, '/numbers', signal),
})

export const plansQuery = queryOptions({
  queryKey: keys.offer('plans'),
  queryFn: ({ signal }) => items(plan, '/plans', signal),
})

export const subscriptionsQuery = queryOptions({
  queryKey: keys.offer('subscriptions'),
  queryFn: ({ signal }) => items(subscription, '/subscriptions', signal),
})

export const demoNumbersQuery = queryOptions({
  queryKey: keys.demo('numbers'),
  queryFn: ({ signal }) => items(demoNumber, '/demo/numbers', signal),
  staleTime: Infinity,
})

export const demoAccountsQuery = queryOptions({
  queryKey: keys.demo('accounts'),
  queryFn: ({ signal }) => items(demoAccount, '/demo/accounts', signal),
  staleTime: Infinity,
  retry: false,
})

function search(params: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const filled = Object.entries(params).filter(([, value]) => value !== undefined && value !== '')
  return new URLSearchParams(filled.map(([key, value]) => [key, String(value)]))
}
