import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '#session'
import { Banner, Button, Dialog, useProblemText } from '#ui'

type Props = {
  readonly isOpen: boolean
  readonly title: string
  readonly children: ReactNode
  /** What the button says that does it. */
  readonly action: string
  readonly isHarmful?: boolean
  readonly onConfirm: () => Promise<unknown>
  readonly onClose: () => void
}

/** Asks before something is done that hurts. A refusal is told where it was asked for, and nothing is closed. */
export function Confirm({ isOpen, title, children, action, isHarmful = false, onConfirm, onClose }: Props) {
  const { t } = useTranslation('app')
  const say = useProblemText()
  const [problem, setProblem] = useState<ApiProblem>()
  const [isBusy, setBusy] = useState(false)
  const close = () => {
    setProblem(undefined)
    onClose()
  }
  const confirm = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await onConfirm()
      close()
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem('unreadable'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog isOpen={isOpen} onClose={close} title={title}>
      <div className="grid gap-4">
        {problem && (
          <Banner tone="bad" isUrgent>
            {say(problem.code, problem.params)}
          </Banner>
        )}
        <div className="text-pretty">{children}</div>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={close}>{t('cancel')}</Button>
          <Button look={isHarmful ? 'danger' : 'brand'} disabled={isBusy} onClick={() => void confirm()}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
