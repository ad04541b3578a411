import type { WireCall, WireSession } from '@tandem/contract'
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  callQuery,
  isCarried,
  isMine,
  isRingingAt,
  keys,
  liveCallsQuery,
  showMessage,
  useAnswerWish,
  useHangUps,
  useSpeeches,
} from '#session'
import { notice, useCallerInTitle } from '#ui'
import { becameOf, type Became } from './decide.ts'
import { IncomingCard } from './incoming-card.tsx'

/** Calls to this member that ask for an answer: a card for each, above whatever page is open. */
export function Incoming({ session }: { readonly session: WireSession }) {
  const { memberId } = session
  const navigate = useNavigate()
  const all = useQuery(liveCallsQuery).data ?? []
  const hangUps = useHangUps()
  const speeches = useSpeeches()
  // What this page is just answering by its card; what it carries otherwise was answered by calling at the same moment.
  const [answering, setAnswering] = useState<string | null>(null)
  const [wished, setWished] = useState<string | null>(null)
  const [declined] = useState(() => new Set<string>())
  useAnswerWish(setWished)
  const calls = all.filter(
    (call) =>
      isRingingAt(call, memberId) &&
      !hangUps.has(call.id) &&
      (call.id === answering || !speeches.some(({ callId }) => callId === call.id)),
  )
  const first = all.find((call) => isMine(call, memberId) && !hangUps.has(call.id) && !call.isOnHold)
  useOutcomes(calls, { memberId, declined })
  useCallerInTitle(calls.at(-1)?.from.name ?? '')
  return (
    // Said at once, and a live region: a dialog that is open hides all else from who reads by ear, but not this.
    <div
      aria-live="assertive"
      className="pointer-events-none fixed inset-x-0 top-0 z-60 grid grid-cols-[minmax(0,1fr)] justify-items-center gap-2 p-3 pt-[max(0.75rem,env(safe-area-inset-top))]"
    >
      {calls.toReversed().map((call, index) => (
        <IncomingCard
          key={call.id}
          call={call}
          memberId={memberId}
          first={first}
          // One rings; the next one waits for its turn.
          isFirst={index === 0}
          isWished={wished === call.id}
          onAnswering={(isSo) => setAnswering(isSo ? call.id : null)}
          onAnswered={() => void navigate({ to: '/' })}
          onDecline={() => declined.add(call.id)}
        />
      ))}
    </div>
  )
}

type Known = { readonly memberId: string; readonly declined: ReadonlySet<string> }

/** A call that rang here and rings no more: what became of it is said once. */
function useOutcomes(calls: readonly WireCall[], known: Known): void {
  const { t } = useTranslation()
  const client = useQueryClient()
  const rang = useRef(new Map<string, WireCall>())
  const tell = (call: WireCall, became: Became) => {
    const { name } = call.from
    const text = became && t(`incoming.${became}`, { name })
    if (!text) return
    if (became === 'missed') notice.failed(text)
    else notice.done(text)
    void showMessage(call.id, { title: name, body: text })
  }
  useEffect(() => {
    for (const call of calls) rang.current.set(call.id, call)
    for (const [id, call] of rang.current) {
      if (calls.some((each) => each.id === id)) continue
      rang.current.delete(id)
      void stateOf(client, id).then((now) => {
        if (now) tell(call, becameOf(now, { isHere: isCarried(id), isDeclinedHere: known.declined.has(id) }))
        void client.invalidateQueries({ queryKey: keys.missed })
      })
    }
  })
}

/** As it was told last; asked for, if it went while nobody told us. */
async function stateOf(client: QueryClient, callId: string): Promise<WireCall | undefined> {
  const known = client.getQueryData<WireCall>(keys.call(callId))
  if (known && known.state !== 'calling' && known.state !== 'ringing') return known
  return client.fetchQuery({ ...callQuery(callId), staleTime: 0 }).catch(() => undefined)
}
