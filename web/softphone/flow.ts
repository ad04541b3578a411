import type { WireCall } from '@tandem/contract'
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import {
  ApiProblem,
  applyCall,
  attachToCall,
  closeMicrophone,
  closeSpeech,
  emergencyRefusal,
  hangUp,
  isFromMe,
  isMine,
  keys,
  listenTo,
  liveCallsQuery,
  microphoneOf,
  MicrophoneProblem,
  openMicrophone,
  openSpeech,
  placeCall,
  prepareAgent,
  takeCarried,
  useHangUps,
  useSpeeches,
  type Callee,
  type MicrophoneFault,
  type PlacedCall,
} from '#session'
import { inTheWay, type InTheWay } from './decide.ts'
import { useReattach } from './reattach.ts'
import type { Target } from './target.ts'

/** What the phone shows. The call itself comes from the server; this says only which one. */
export type Scene =
  | { readonly kind: 'idle' }
  | { readonly kind: 'placing'; readonly target: Target }
  | { readonly kind: 'call'; readonly callId: string }
  | { readonly kind: 'refused'; readonly problem: ApiProblem; readonly target: Target }
  | { readonly kind: 'no-microphone'; readonly fault: MicrophoneFault; readonly target: Target | null }

/** A wish to call while another call goes on. */
export type Question = InTheWay & { readonly target: Target }

export type Flow = {
  readonly scene: Scene
  /** Live calls of this member other than the one that is shown. */
  readonly otherCalls: readonly WireCall[]
  readonly question: Question | null
  /** Places the call; while another one goes on, asks first. */
  place(target: Target): void
  /** Places the call without asking, and takes the question away. */
  placeNow(target: Target): Promise<void>
  /** No call after all. */
  cancel(): void
  /** Brings the speech of a live call to this tab. */
  continueHere(callId: string, isMuted?: boolean): Promise<void>
  show(callId: string): void
  close(): void
}

export function useFlow(memberId: string): Flow {
  const [scene, setScene] = useState<Scene>({ kind: 'idle' })
  const [question, setQuestion] = useState<Question | null>(null)
  const { placeNow, continueHere, cancel } = useSpeaking(setScene)
  const speeches = useSpeeches()
  const hangUps = useHangUps()
  const all = useQuery(liveCallsQuery).data
  const isHere = ({ id }: WireCall) => speeches.some(({ callId }) => callId === id)
  const calls = all?.filter((call) => isMine(call, memberId) && !hangUps.has(call.id)) ?? []
  const liveId = (calls.find(isHere) ?? calls[0])?.id
  const shownId = scene.kind === 'call' ? scene.callId : undefined
  useReattach(calls, continueHere)

  useEffect(() => {
    if (scene.kind === 'idle' && liveId) setScene({ kind: 'call', callId: liveId })
  }, [scene.kind, liveId])

  useAnswered(
    calls.filter((call) => isHere(call) && !isFromMe(call, memberId)),
    setScene,
  )

  useEffect(() => {
    for (const { callId, isMuted } of takeCarried()) void continueHere(callId, isMuted).catch(() => undefined)
  }, [continueHere])

  return {
    scene,
    question,
    otherCalls: calls.filter((call) => call.id !== shownId),
    place: (target) => {
      const emergency = emergencyOf(target)
      if (emergency) return setScene(emergency)
      const way = inTheWay(calls, shownId)
      if (way) setQuestion({ ...way, target })
      else void placeNow(target)
    },
    placeNow: (target) => {
      setQuestion(null)
      return placeNow(target)
    },
    cancel: () => {
      setQuestion(null)
      cancel()
    },
    continueHere,
    show: (callId) => {
      listenTo(callId)
      setScene({ kind: 'call', callId })
    },
    close: () => setScene({ kind: 'idle' }),
  }
}

/** A call that was answered here, on whichever page, comes to the front once. */
function useAnswered(calls: readonly WireCall[], setScene: (scene: Scene) => void): void {
  const seen = useRef(new Set<string>())
  const callId = calls.find(({ id }) => !seen.current.has(id))?.id
  useEffect(() => {
    if (callId === undefined) return
    seen.current.add(callId)
    setScene({ kind: 'call', callId })
  }, [callId, setScene])
}

type Speaking = Pick<Flow, 'placeNow' | 'continueHere' | 'cancel'>

/** The two ways in which this tab comes to carry speech. */
function useSpeaking(setScene: (scene: Scene) => void): Speaking {
  const client = useQueryClient()
  const placing = useRef<{ isCancelled: boolean } | null>(null)
  const attaching = useRef(new Set<string>())
  return useMemo(() => {
    const join = async (placed: PlacedCall, microphone: MediaStream, isMuted: boolean) => {
      applyCall(client, placed.call)
      await openSpeech({ callId: placed.call.id, dialIn: placed.dialIn, microphone, isMuted })
    }
    return {
      placeNow: async (target) => {
        // A second tap while the first is under way is the same wish.
        if (placing.current) return
        const mine = (placing.current = { isCancelled: false })
        setScene({ kind: 'placing', target })
        void prepareAgent()
        const outcome = await tryToPlace(target).finally(() => {
          if (placing.current === mine) placing.current = null
        })
        if (mine.isCancelled) return forget(outcome)
        if (outcome.kind !== 'placed') return setScene(outcome)
        setScene({ kind: 'call', callId: outcome.placed.call.id })
        // Without speech the call's panel says so; it is connected again by itself.
        await join(outcome.placed, outcome.microphone, false).catch(() => undefined)
      },
      cancel: () => {
        if (!placing.current) return
        placing.current.isCancelled = true
        placing.current = null
        setScene({ kind: 'idle' })
      },
      continueHere: async (callId, isMuted = false) => {
        if (attaching.current.has(callId)) return
        attaching.current.add(callId)
        try {
          await attach(client, callId, (placed, microphone) => join(placed, microphone, isMuted))
        } finally {
          attaching.current.delete(callId)
          void client.invalidateQueries({ queryKey: keys.liveCalls })
        }
      },
    }
  }, [client, setScene])
}

type Join = (placed: PlacedCall, microphone: MediaStream) => Promise<void>

async function attach(client: QueryClient, callId: string, join: Join): Promise<void> {
  // Open still, if this tab carries the call and only its connection was lost.
  const open = microphoneOf(callId)
  const microphone = open ?? (await openMicrophone())
  try {
    await join(await attachToCall(callId), microphone)
  } catch (error) {
    if (!open) closeMicrophone(microphone)
    if (error instanceof ApiProblem && (error.code === 'call-ended' || error.code === 'not-found')) {
      closeSpeech(callId)
      void client.invalidateQueries({ queryKey: keys.call(callId) })
    }
    throw error
  }
}

type Outcome =
  | { readonly kind: 'placed'; readonly placed: PlacedCall; readonly microphone: MediaStream }
  | Extract<Scene, { kind: 'refused' | 'no-microphone' }>

function forget(outcome: Outcome): void {
  if (outcome.kind !== 'placed') return
  closeMicrophone(outcome.microphone)
  void hangUp(outcome.placed.call.id)
}

async function tryToPlace(target: Target): Promise<Outcome> {
  const tapId = crypto.randomUUID()
  let microphone: MediaStream | undefined
  try {
    // Nobody is asked for a microphone before he learns that an emergency call needs a phone.
    if (!mayBeEmergency(target.to)) microphone = await openMicrophone()
    const placed = await placeCall(target.kind, target.to, tapId)
    microphone ??= await openMicrophone().catch((error: unknown) => {
      void hangUp(placed.call.id)
      throw error
    })
    return { kind: 'placed', placed, microphone }
  } catch (error) {
    closeMicrophone(microphone)
    if (error instanceof MicrophoneProblem) return { kind: 'no-microphone', fault: error.fault, target }
    if (error instanceof ApiProblem) return { kind: 'refused', problem: error, target }
    throw error
  }
}

/** By the table that the session told: at once, whatever else goes on, and without the server. */
function emergencyOf(target: Target): Scene | undefined {
  const problem = 'number' in target.to ? emergencyRefusal(target.to.number) : undefined
  return problem && { kind: 'refused', problem, target }
}

/** The server may know more emergency numbers than this page; most have three digits. */
const mayBeEmergency = (to: Callee): boolean => 'number' in to && to.number.replace(/\D/g, '').length <= 3
