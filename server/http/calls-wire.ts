import type { WireCall } from '@tandem/contract'
import type { CallSnapshot } from '#calls'
import type { People } from './people.ts'
import { timestampOf, timestampOrNull } from './wire.ts'

/** A call as its reader may see it. */
export const callToWire = (call: CallSnapshot, people: People): WireCall => ({
  id: call.callId,
  memberId: call.memberId,
  kind: call.kind,
  mode: 'direct',
  from: { memberId: call.memberId, name: people.nameOf(call.memberId) },
  to: people.calleeOf(call),
  callerNumber: call.callerNumber,
  state: call.state,
  isOnHold: call.isOnHold,
  placedAt: timestampOf(call.placedAt),
  answeredAt: timestampOrNull(call.answeredAt),
  endedAt: timestampOrNull(call.endedAt),
  endReason: call.endReason,
  paidUntil: timestampOrNull(call.paidUntil),
  isLastMinute: call.isLastMinute,
})
