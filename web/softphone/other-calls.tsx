import type { WireCall } from '@tandem/contract'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { liveCallsQuery, useSpeeches } from '#session'
import { Banner, Button } from '#ui'
import type { Directory } from './directory.ts'
import type { Flow } from './flow.ts'
import { useHold } from './hold.ts'

type Props = { readonly flow: Flow; readonly directory: Directory }

/** The calls that wait, or that go on elsewhere; one tap changes over to them. */
export function Others({ flow, directory }: Props) {
  const { t } = useTranslation()
  const changeOver = useChangeOver(flow)
  return flow.otherCalls.map((call) => (
    <Banner
      key={call.id}
      tone="info"
      action={<Button onClick={() => void changeOver(call)}>{t(call.isOnHold ? 'call.resume' : 'call.show')}</Button>}
    >
      {t(call.isOnHold ? 'call.waits' : 'call.others')}: {directory.nameOfCall(call)}
    </Banner>
  ))
}

/** One talks at a time: the shown one is held, the other one taken back, if its speech is here. */
function useChangeOver(flow: Flow): (to: WireCall) => Promise<void> {
  const hold = useHold()
  const speeches = useSpeeches()
  const calls = useQuery(liveCallsQuery).data ?? []
  const isHere = ({ id }: WireCall) => speeches.some(({ callId }) => callId === id)
  return async (to) => {
    const { scene } = flow
    const shown = calls.find(({ id }) => scene.kind === 'call' && id === scene.callId)
    if (shown?.state === 'connected' && isHere(shown) && !(await hold(shown, true))) return
    flow.show(to.id)
    if (isHere(to)) await hold(to, false)
  }
}
