import type { WireEndReason } from '@tandem/contract'
import { useTranslation } from 'react-i18next'
import { isFromMe } from '#session'
import { useEndAdvice } from '#ui'

/** What the two sides are told differently: inside the app both are ours. */
type Said =
  | 'cancelled'
  | 'busy'
  | 'no-answer'
  | 'rejected'
  | 'unreachable'
  | 'hangup-caller'
  | 'hangup-callee'
  | 'browser-gone'
  | 'signed-out'
type Advised = Exclude<Said, 'hangup-caller' | 'hangup-callee'>

const ADVISED: ReadonlySet<string> = new Set<Advised>([
  'cancelled',
  'busy',
  'no-answer',
  'rejected',
  'unreachable',
  'browser-gone',
  'signed-out',
])
const SAID: ReadonlySet<string> = new Set<Said>([
  ...(ADVISED as ReadonlySet<Advised>),
  'hangup-caller',
  'hangup-callee',
])

/** What is looked at, of a call or of its record. */
type Ended = {
  readonly kind: 'business' | 'network'
  readonly memberId: string
  readonly answeredAt: string | null
  readonly endReason: WireEndReason
}

export type EndWords = {
  /** Why it ended, as it is said to this member. `name`: of the other one. */
  readonly reason: (call: Ended, name: string) => string
  /** And what to do; empty: there is nothing to say. */
  readonly advice: (call: Ended, name: string) => string
}

export function useEndWords(memberId: string): EndWords {
  const { t } = useTranslation()
  const advise = useEndAdvice()
  const side = (call: Ended) => (isFromMe(call, memberId) ? 'caller' : 'callee')
  return {
    reason: (call, name) =>
      call.kind === 'network' && SAID.has(call.endReason)
        ? t(`inAppEnd.${side(call)}.${call.endReason as Said}`, { name })
        : t(`endReason.${call.endReason}`),
    advice: (call, name) =>
      call.kind === 'network' && ADVISED.has(call.endReason)
        ? t(`inAppAdvice.${side(call)}.${call.endReason as Advised}`, { name })
        : advise(call.endReason),
  }
}

/** Somebody called, and this member did not answer; he declined it himself: `false`. */
export const isMissed = (call: Ended, memberId: string): boolean =>
  call.kind === 'network' && !isFromMe(call, memberId) && call.answeredAt === null && call.endReason !== 'rejected'
