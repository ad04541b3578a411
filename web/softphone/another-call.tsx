import { Pause, PhoneOff } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { hangUp } from '#session'
import { Button, Dialog, notice, useProblemText } from '#ui'
import type { Directory } from './directory.ts'
import type { Flow, Question } from './flow.ts'
import { useHold } from './hold.ts'

type Props = { readonly question: Question; readonly directory: Directory; readonly flow: Flow }

/** A call goes on, and somebody is to be called: what becomes of the first is asked, never guessed. */
export function AnotherCall({ question, directory, flow }: Props) {
  const { t } = useTranslation()
  const say = useProblemText()
  const hold = useHold()
  const [isBusy, setBusy] = useState(false)
  const isOpen = useRef(true)
  useEffect(() => {
    isOpen.current = true
    return () => void (isOpen.current = false)
  }, [])
  const { call, target, mayHold } = question
  const name = directory.nameOfCall(call)
  const after = async (isDone: Promise<boolean>) => {
    setBusy(true)
    const isFree = await isDone
    // Cancelled in the meantime: what was done stays, and nobody is called.
    if (!isOpen.current) return
    if (isFree) return flow.placeNow(target)
    setBusy(false)
  }
  const end = async () => {
    const code = await hangUp(call.id)
    if (code) notice.failed(say(code))
    return code === undefined
  }
  return (
    <Dialog isOpen onClose={flow.cancel} title={t('another.title', { name: target.label })}>
      <p className="text-pretty">{t('another.text', { name })}</p>
      <div className="mt-5 grid gap-2">
        {mayHold && (
          <Button
            look="brand"
            disabled={isBusy}
            icon={<Pause size={17} aria-hidden />}
            onClick={() => void after(hold(call, true))}
          >
            {t('another.hold')}
          </Button>
        )}
        <Button disabled={isBusy} icon={<PhoneOff size={17} aria-hidden />} onClick={() => void after(end())}>
          {t('another.hangUp')}
        </Button>
        <Button look="quiet" onClick={flow.cancel}>
          {t('cancel')}
        </Button>
      </div>
    </Dialog>
  )
}
