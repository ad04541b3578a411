import { contact, listOf, member, pageOf } from '@tandem/contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from './api.ts'

const LARGEST_PAGE = 200

const foundBy = (text: string) =>
  queryOptions({
    queryKey: ['people-sought', text],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ text })
      const [members, contacts] = await Promise.all([
        request(pageOf(member), `/members?${query}&limit=${LARGEST_PAGE}`, { signal }),
        request(listOf(contact), `/contacts?${query}`, { signal }),
      ])
      return [...members.items.map(({ id }) => id), ...contacts.items.map(({ number }) => number)]
    },
    enabled: text !== '',
    staleTime: 30_000,
    retry: false,
  })

const NOBODY: ReadonlySet<string> = new Set()

/** Whom the server finds by this text: ids of members and numbers of contacts. Nobody while that is not known. */
export function useFound(text: string): ReadonlySet<string> {
  const { data } = useQuery(foundBy(text))
  return text !== '' && data ? new Set(data) : NOBODY
}
