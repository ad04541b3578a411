import type { WireCall, WireContact, WireMember, WireRecord, WireSession } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { contactsQuery, membersQuery, type Callee } from '#session'
import { usePhoneNumber } from '#ui'

/** Stands in a hidden number for what is hidden. */
const MASK = '…'

export type Directory = {
  readonly contacts: readonly WireContact[]
  /** Without oneself. */
  readonly colleagues: readonly WireMember[]
  readonly isLoading: boolean
  /** Why contacts or colleagues could not be loaded, while there are none of them. */
  readonly error: Error | null
  readonly loadAgain: () => void
  /** A number as this reader writes it. */
  write(number: string): string
  /** Whose number it is, else the number. */
  nameOf(number: string): string
  nameOfCall(call: WireCall): string
  nameOfRecord(record: WireRecord): string
  /** Whom to call to call again; a colleague as a colleague, whose number may be hidden. `null`: cannot be told. */
  calleeOf(record: WireRecord): Callee | null
}

export function useDirectory(session: WireSession): Directory {
  const write = usePhoneNumber()
  const contacts = useQuery(contactsQuery)
  const members = useQuery(membersQuery)
  return useMemo(() => {
    const colleagues = (members.data ?? []).filter((member) => member.id !== session.memberId)
    const byNumber = new Map<string, string>()
    for (const contact of contacts.data ?? []) byNumber.set(contact.number, contact.name)
    for (const member of colleagues) if (member.phone) byNumber.set(member.phone, member.name)
    const nameOf = (number: string) => byNumber.get(number) ?? write(number)
    return {
      contacts: contacts.data ?? [],
      colleagues,
      isLoading: contacts.isPending || members.isPending,
      error: [contacts, members].find((query) => query.isLoadingError)?.error ?? null,
      loadAgain: () => {
        for (const query of [contacts, members]) if (query.isLoadingError) void query.refetch()
      },
      write,
      nameOf,
      nameOfCall: ({ to }) => to.name ?? (to.number ? nameOf(to.number) : ''),
      nameOfRecord: (record) => record.calleeName ?? nameOf(record.dialled),
      calleeOf: ({ calleeId, dialled }) => {
        if (dialled !== '' && !dialled.includes(MASK)) return { number: dialled }
        return calleeId ? { memberId: calleeId } : null
      },
    }
  }, [contacts, members, session.memberId, write])
}
