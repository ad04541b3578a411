import type { WireCall } from '@tandem/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import {
  ApiProblem,
  applyCall,
  attachToCall,
  closeMicrophone,
  closeSpeech,
  hangUpCall,
  keys,
  liveCallsQuery,
  MicrophoneProblem,
  openMicrophone,
  openSpeech,
  placeCall,
  prepareAgent,
  takeCarried,
  useSpeech,
  type Callee,
  type MicrophoneFault,
  type PlacedCall,
} from '#session'

/** Whom somebody wanted to call, and what he saw as their name. */
export type Target = { readonly to: Callee; readonly label: string }

/** What the phone shows. The call itself comes from the server; this says only which one. */
export type Scene =
  | { readonly kind: 'idle' }
  | { readonly kind: 'placing'; readonly target: Target }
  | { readonly kind: 'call'; readonly callId: string }
  | { readonly kind: 'refused'; readonly problem: ApiProblem; readonly target: Target }
  | { readonly kind: 'no-microphone'; readonly fault: MicrophoneFault; readonly target: Target | null }

export type Flow = {
  readonly scene: Scene
  /** Live calls of this member other than the one that is shown. */
  readonly otherCalls: readonly WireCall[]
  place(target: Target): Promise<void>
  /** Brings the speech of a live call to this tab. */
  continueHere(callId: string, isMuted?: boolean): Promise<void>
  hangUp(callId: string): Promise<void>
  show(callId: string): void
  close(): void
}

export function useFlow(memberId: string): Flow {
  const [scene, setScene] = useState<Scene>({ kind: 'idle' })
  const { place, continueHere } = useSpeaking(setScene)
  const speech = useSpeech()
  const calls = useQuery(liveCallsQuery).data?.filter((call) => call.memberId === memberId) ?? []
  const liveId = (calls.find((call) => call.id === speech?.callId) ?? calls[0])?.id

  useEffect(() => {
    if (scene.kind === 'idle' && liveId) setScene({ kind: 'call', callId: liveId })
  }, [scene.kind, liveId])

  useEffect(() => {
    const carried = takeCarried()
    if (carried) void continueHere(carried.callId, carried.isMuted).catch(() => undefined)
  }, [continueHere])

  return {
    scene,
    otherCalls: calls.filter((call) => scene.kind === 'call' && call.id !== scene.callId),
    place,
    continueHere,
    hangUp,
    show: (callId) => setScene({ kind: 'call', callId }),
    close: () => setScene({ kind: 'idle' }),
  }
}

/** The two ways in which this tab comes to carry speech. */
function useSpeaking(setScene: (scene: Scene) => void): Pick<Flow, 'place' | 'continueHere'> {
  const client = useQueryClient()
  const isBusy = useRef(false)
  return useMemo(() => {
    /** One thing at a time: a second tap while the first is under way is the same wish. */
    const alone = async (work: () => Promise<void>) => {
      if (isBusy.current) return
      isBusy.current = true
      await work().finally(() => (isBusy.current = false))
    }
    const join = async (placed: PlacedCall, microphone: MediaStream, isMuted: boolean) => {
      applyCall(client, placed.call)
      setScene({ kind: 'call', callId: placed.call.id })
      await openSpeech({ callId: placed.call.id, dialIn: placed.dialIn, microphone, isMuted })
    }
    return {
      place: (target) =>
        alone(async () => {
          setScene({ kind: 'placing', target })
          void prepareAgent()
          const outcome = await tryToPlace(target)
          if (outcome.kind !== 'placed') return setScene(outcome)
          // Without speech the call's panel says so, and offers to connect it again.
          await join(outcome.placed, outcome.microphone, false).catch(() => undefined)
        }),
      continueHere: (callId, isMuted = false) =>
        alone(async () => {
          const microphone = await openMicrophone()
          try {
            await join(await attachToCall(callId), microphone, isMuted)
          } catch (error) {
            closeMicrophone(microphone)
            throw error
          } finally {
            void client.invalidateQueries({ queryKey: keys.liveCalls })
          }
        }),
    }
  }, [client, setScene])
}

type Outcome =
  | { readonly kind: 'placed'; readonly placed: PlacedCall; readonly microphone: MediaStream }
  | Extract<Scene, { kind: 'refused' | 'no-microphone' }>

async function tryToPlace(target: Target): Promise<Outcome> {
  const tapId = crypto.randomUUID()
  let microphone: MediaStream | undefined
  try {
    // Nobody is asked for a microphone before he learns that an emergency call needs a phone.
    if (!mayBeEmergency(target.to)) microphone = await openMicrophone()
    const placed = await placeCall(target.to, tapId)
    microphone ??= await openMicrophone().catch((error: unknown) => {
      void hangUpCall(placed.call.id)
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

/** Emergency numbers have three digits almost everywhere; the server knows which ones they are. */
const mayBeEmergency = (to: Callee): boolean => 'number' in to && to.number.replace(/\D/g, '').length <= 3

/** By the server, so that it knows who hung up; if it is away, by the engine itself. */
async function hangUp(callId: string): Promise<void> {
  try {
    await hangUpCall(callId)
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'call-ended') return
    closeSpeech()
  }
}
