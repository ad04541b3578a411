import { newContact } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, keys, saveContact } from '#session'
import { Banner, Button, Dialog, Field, useProblemText, notice } from '#ui'

export function AddContact({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('people.add')}>
      <ContactForm onDone={onClose} />
    </Dialog>
  )
}

function ContactForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation()
  const say = useProblemText()
  const client = useQueryClient()
  const [problem, setProblem] = useState<ApiProblem>()

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const contact = newContact.safeParse({ name: String(form.get('name')), number: String(form.get('number')) })
    if (!contact.success) return
    try {
      await saveContact(contact.data)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      return setProblem(error)
    }
    void client.invalidateQueries({ queryKey: keys.contacts })
    notice.done(t('people.saved', { name: contact.data.name }))
    onDone()
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      {problem && (
        <Banner tone="bad" isUrgent>
          {say(problem.code, problem.params)}
        </Banner>
      )}
      <Field label={t('people.name')} name="name" required maxLength={120} autoComplete="off" />
      <Field
        label={t('dial.number')}
        name="number"
        type="tel"
        required
        autoComplete="off"
        hint={t('people.contactHint')}
        maxLength={200}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t('cancel')}</Button>
        <Button type="submit" look="brand">
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
