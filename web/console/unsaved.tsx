import { useBlocker } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button, Dialog } from '#ui'

/**
 * Asks before what was entered is lost: by another page, by closing what is open (its address changes), by reloading.
 * `isUnsaved` is asked at that moment.
 */
export function Unsaved({ isUnsaved }: { readonly isUnsaved: () => boolean }) {
  const { t } = useTranslation('console')
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: isUnsaved,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  })
  return (
    <Dialog isOpen={status === 'blocked'} onClose={() => reset?.()} title={t('form.unsaved')}>
      <div className="grid gap-4">
        <p>{t('form.unsavedText')}</p>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={() => reset?.()}>{t('form.stay')}</Button>
          <Button look="danger" onClick={() => proceed?.()}>
            {t('form.discard')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
