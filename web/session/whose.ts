import type { WireCall } from '@tandem/contract'

/* Whose a call is: who placed it has it from the start, who is called inside the app once he has answered. */

export const isFromMe = (call: Pick<WireCall, 'memberId'>, memberId: string): boolean => call.memberId === memberId

const isToMe = (call: WireCall, memberId: string): boolean =>
  call.kind === 'network' && call.to.memberId === memberId && !isFromMe(call, memberId)

/** It asks for an answer on the screens of this member. */
export const isRingingAt = (call: WireCall, memberId: string): boolean =>
  isToMe(call, memberId) && (call.state === 'calling' || call.state === 'ringing')

export const isMine = (call: WireCall, memberId: string): boolean =>
  isFromMe(call, memberId) || (isToMe(call, memberId) && call.state === 'connected')

/** Who talks with this member. `name` is empty where nobody is known. */
export const otherOf = (
  call: WireCall,
  memberId: string,
): { readonly name: string; readonly memberId: string | null } =>
  isToMe(call, memberId) ? call.from : { name: call.to.name ?? '', memberId: call.to.memberId }
