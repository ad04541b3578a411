import type { WireCall } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, declineCall, hangUp, isPassing, keys, MicrophoneProblem, type Ring } from '#session'
import { useProblemText } from '#ui'
import { answer } from './answer.ts'
import { useHold } from './hold.ts'

type Asked = {
  readonly call: WireCall
  readonly first: WireCall | undefined
  readonly ring: Ring | undefined
  readonly isWished: boolean
  readonly onAnswering: (isSo: boolean) => void
  readonly onAnswered: () => void
  readonly onDecline: () => void
}

/** What becomes of the call that goes on. */
type FirstCall = 'hold' | 'hang-up' | null

export type Answering = {
  readonly isBusy: boolean
  /** Why it could not be answered or declined; it rings on. */
  readonly fault: string | null
  readonly answer: (first: FirstCall) => void
  readonly decline: () => void
}

/** The two things that a person does with a call that rings. */
export function useAnswering({ call, first, ring, isWished, onAnswering, onAnswered, onDecline }: Asked): Answering {
  const { t } = useTranslation()
  const client = useQueryClient()
  const hold = useHold()
  const say = useProblemText()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const explain = (error: unknown): string => {
    if (error instanceof MicrophoneProblem) return t(`incoming.microphone.${error.fault}`)
    if (error instanceof ApiProblem) return say(error.code, error.params)
    console.error('The call could not be answered', error)
    return t('incoming.failed')
  }
  const freeTheLine = async (what: FirstCall): Promise<boolean> => {
    if (!first || what === null) return true
    return what === 'hold' ? hold(first, true) : (await hangUp(first.id)) === undefined
  }
  const attempt = async (work: () => Promise<string | null>) => {
    if (isBusy) return
    setBusy(true)
    setFault(null)
    setFault(await work().catch(explain))
    setBusy(false)
    // Whatever has become of it meanwhile.
    void client.invalidateQueries({ queryKey: keys.call(call.id) })
    void client.invalidateQueries({ queryKey: keys.liveCalls })
  }
  const answerNow = (what: FirstCall) =>
    void attempt(async () => {
      onAnswering(true)
      try {
        if (!(await freeTheLine(what))) return t('incoming.failed')
        // Answered elsewhere, or over, the card goes by itself.
        if (!(await answer(call, ring))) return t('incoming.failed')
        onAnswered()
        return null
      } finally {
        onAnswering(false)
      }
    })
  const decline = () =>
    void attempt(async () => {
      onDecline()
      await declineCall(call.id).catch((error: unknown) => {
        // It is over already; an event says how.
        if (isPassing(error) || !(error instanceof ApiProblem)) throw error
      })
      return null
    })
  useWish(isWished && ring !== undefined, () =>
    answerNow(first?.state === 'connected' ? 'hold' : first ? 'hang-up' : null),
  )
  return { isBusy, fault, answer: answerNow, decline }
}

/** Chosen on a notification: done as soon as it can be, once. */
function useWish(isDue: boolean, fulfil: () => void): void {
  const isDone = useRef(false)
  useEffect(() => {
    if (!isDue || isDone.current) return
    isDone.current = true
    fulfil()
  })
}
