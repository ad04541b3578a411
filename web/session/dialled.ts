import { dialled, type WireDialled } from '@tandem/contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { request } from './api.ts'

/** So long nothing was typed before it is asked what it would dial. */
const TYPING_MS = 200

const dialledAs = (text: string) =>
  queryOptions({
    queryKey: ['dialled', text],
    queryFn: ({ signal }) => request(dialled, `/dialled?${new URLSearchParams({ text })}`, { signal }),
    enabled: text !== '',
    staleTime: 60_000,
    retry: false,
  })

/** What the typed text would dial, as the server reads it; `undefined` while that is not known. */
export function useDialled(text: string): WireDialled | undefined {
  const wanted = text.trim()
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), TYPING_MS)
    return () => clearTimeout(timer)
  }, [wanted])
  const { data } = useQuery(dialledAs(settled))
  return settled === wanted ? data : undefined
}
