import type { WireCall, WireContact, WireMember, WireRecord, WireSession } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { contactsQuery, isFromMe, membersQuery, otherOf } from '#session'
import { usePhoneNumber } from '#ui'
import type { Target } from './target.ts'

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
  /**
   * Whom to call to call again, or back, as it was called; a colleague as a colleague, whose number may be hidden. `null`:
   * cannot be told.
   */
  targetOf(record: WireRecord): Target | null
  /** To call again, or back, who is at the other end. */
  targetOfCall(call: WireCall): Target
  /** The phone of a colleague, if he has one to call. */
  phoneOf(memberId: string): Target | null
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
    const nameOfCall = (call: WireCall) =>
      otherOf(call, session.memberId).name || (call.to.number ? nameOf(call.to.number) : '')
    const nameOfRecord = (record: WireRecord) =>
      isFromMe(record, session.memberId) ? (record.calleeName ?? nameOf(record.dialled)) : record.memberName
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
      nameOfCall,
      nameOfRecord,
      targetOf: (record) => {
        const { kind, calleeId, memberId, dialled } = record
        const label = nameOfRecord(record)
        const otherId = isFromMe(record, session.memberId) ? calleeId : memberId
        if (kind === 'network') return otherId ? { kind, to: { memberId: otherId }, label } : null
        if (dialled !== '' && !dialled.includes(MASK)) return { kind, to: { number: dialled }, label }
        return calleeId ? { kind, to: { memberId: calleeId }, label } : null
      },
      targetOfCall: (call) => {
        const { memberId } = otherOf(call, session.memberId)
        return {
          kind: call.kind,
          to: memberId ? { memberId } : { number: call.to.number ?? '' },
          label: nameOfCall(call),
        }
      },
      phoneOf: (memberId) => {
        const colleague = colleagues.find(({ id, isCallable }) => id === memberId && isCallable)
        return colleague ? { kind: 'business', to: { memberId }, label: colleague.name } : null
      },
    }
  }, [contacts, members, session.memberId, write])
}
