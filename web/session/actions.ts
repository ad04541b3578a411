import {
  call,
  handset,
  member,
  missedCalls,
  type ownChange,
  placedCall,
  pushKey,
  ringing,
  session,
  type SignIn,
  type WireCall,
  type WireContact,
  type WireMember,
  type WirePushSubscription,
  type WireSession,
} from '@tandem/contract'
import type { z } from 'zod'
import { nothing, request } from './api.ts'

export type Callee = { readonly number: string } | { readonly memberId: string }
export type PlacedCall = z.infer<typeof placedCall>
export type Ring = z.infer<typeof ringing>
export type Handset = z.infer<typeof handset>
export type CallKind = WireCall['kind']

export const signIn = (body: SignIn): Promise<WireSession> => request(session, '/session', { method: 'POST', body })

export const signOut = (): Promise<unknown> => request(nothing, '/session', { method: 'DELETE', isRepeatable: true })

/** `tapId` names this one tap: however often the request has to be sent, it places one call. */
export const placeCall = (kind: CallKind, to: Callee, tapId: string): Promise<PlacedCall> =>
  request(placedCall, '/calls', { method: 'POST', body: { kind, mode: 'direct', to }, idempotencyKey: tapId })

/** This screen rings: the caller hears so, and it is told what to dial in order to answer. */
export const ringScreen = (id: string): Promise<Ring> =>
  request(ringing, `/calls/${id}/ring`, { method: 'POST', isRepeatable: true })

/** On all screens of the callee. */
export const declineCall = (id: string): Promise<unknown> =>
  request(nothing, `/calls/${id}/decline`, { method: 'POST', isRepeatable: true })

/** Moves the speech of a live call to this tab. */
export const attachToCall = (id: string): Promise<PlacedCall> =>
  request(placedCall, `/calls/${id}/attach`, { method: 'POST', isRepeatable: true })

/** Asked again and again by `hangUp`, so one try is short. */
export const hangUpCall = (id: string): Promise<unknown> =>
  request(nothing, `/calls/${id}/hangup`, { method: 'POST', answerMs: 4000 })

export const holdCall = (id: string): Promise<WireCall> =>
  request(call, `/calls/${id}/hold`, { method: 'POST', isRepeatable: true })

export const resumeCall = (id: string): Promise<WireCall> =>
  request(call, `/calls/${id}/resume`, { method: 'POST', isRepeatable: true })

export const sendDigitsToCall = (id: string, digits: string): Promise<unknown> =>
  request(nothing, `/calls/${id}/digits`, { method: 'POST', body: { digits } })

export const saveContact = (contact: WireContact): Promise<unknown> =>
  request(nothing, '/contacts', { method: 'POST', body: contact })

export const createMember = (body: object): Promise<WireMember> => request(member, '/members', { method: 'POST', body })

/** `until`: inclusive. */
export const seeMissed = (until: string): Promise<z.infer<typeof missedCalls>> =>
  request(missedCalls, '/me/missed/seen', { method: 'POST', body: { until } })

export const askPushKey = async (): Promise<string> => (await request(pushKey, '/me/push')).publicKey

export const keepPush = (body: WirePushSubscription): Promise<unknown> =>
  request(nothing, '/me/push', { method: 'PUT', body })

export const forgetPush = (endpoint: string): Promise<unknown> =>
  request(nothing, '/me/push', { method: 'DELETE', body: { endpoint } })

/** One's own password (with the one until now), language, or whether one may be disturbed. */
export const changeOwn = (body: z.infer<typeof ownChange>): Promise<unknown> =>
  request(nothing, '/me', { method: 'PATCH', body })

/** Demo only. */
export const becomeHandset = (number: string): Promise<Handset> =>
  request(handset, '/demo/handsets', { method: 'POST', body: { number } })
