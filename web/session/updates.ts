import type { WireCall, WireEvent } from '@tandem/contract'
import type { QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { keys } from './keys.ts'
import { openLive, type LiveState } from './live.ts'
import { isPassing } from './problem.ts'
import { closeSpeech } from './sip/speech.ts'

/** Keeps what the page shows equal to what the server says, while somebody is signed in. */
export function useLive(): LiveState {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(
    () =>
      openLive({
        onEvent: (event) => applyEvent(client, event),
        onReset: () => void client.invalidateQueries(),
        onState: (next) => {
          setState(next)
          // Away from a server that has forgotten us, or that comes back: ask who we are, what goes on, and for what
          // could not be loaded.
          if (next === 'lost') void client.invalidateQueries({ queryKey: keys.session })
          if (next !== 'open') return
          void client.invalidateQueries({ queryKey: keys.liveCalls })
          void client.refetchQueries({ type: 'active', predicate: ({ state: { error } }) => isPassing(error) })
        },
      }),
    [client],
  )
  return state
}

export function applyEvent(client: QueryClient, event: WireEvent): void {
  switch (event.type) {
    case 'call':
      return applyCall(client, event.call)
    case 'minutes':
      client.setQueryData(keys.minutes, event.leftMs)
      return
    case 'record':
      for (const queryKey of [keys.records, keys.pools, keys.minutes, keys.missed, ['ledger']])
        void client.invalidateQueries({ queryKey })
      return
    case 'network':
      client.setQueryData(keys.network, { isReachable: event.isReachable })
  }
}

/** A call is complete in each event: the latest replaces all before it. */
export function applyCall(client: QueryClient, call: WireCall): void {
  const known = client.getQueryData<WireCall>(keys.call(call.id))
  // An answer to an older request may come after the event that ended the call.
  if (known?.state === 'ended' && call.state !== 'ended') return
  if (call.state === 'ended') closeSpeech(call.id)
  client.setQueryData(keys.call(call.id), call)
  client.setQueryData<readonly WireCall[]>(keys.liveCalls, (calls = []) => {
    const others = calls.filter((each) => each.id !== call.id)
    return call.state === 'ended' ? others : [call, ...others]
  })
}
