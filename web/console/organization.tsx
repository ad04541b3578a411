import { organizationChange, type WireOrganization } from '@tandem/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  ApiProblem,
  changeOrganization,
  keys,
  numbersQuery,
  organizationQuery,
  sessionQuery,
  type Seen,
} from '#session'
import { Banner, Card, Choice, Facts, Field, Loading, notice, usePhoneNumber, type Fact } from '#ui'
import { Failed } from './list.tsx'
import { Form } from './member-form.tsx'
import { Page } from './page.tsx'
import { Unsaved } from './unsaved.tsx'

/** What an administrator may change of his organization, and what the operator has set. */
export function OrganizationPage() {
  const { t } = useTranslation(['console', 'app'])
  const id = useQuery(sessionQuery).data?.organization.id ?? ''
  const organization = useQuery({ ...organizationQuery(id), enabled: id !== '' })
  const numbers = useQuery(numbersQuery)
  const failed = [organization, numbers].find(({ isError, data }) => isError && !data)
  const retry = () => Promise.all([organization.refetch(), numbers.refetch()])
  return (
    <Page title={t('organization.title')} about={t('organization.about')}>
      <Card className="max-w-2xl p-5">
        {failed && <Failed error={failed.error} onTry={retry} />}
        {!failed && (organization.isPending || numbers.isPending) && <Loading label={t('app:loading')} />}
        {organization.data && numbers.data && (
          <Settings seen={organization.data} numbers={numbers.data} onDone={() => void retry()} />
        )}
      </Card>
    </Page>
  )
}

type NumberRight = { readonly number: string; readonly isDefault: boolean }
type SettingsProps = {
  readonly seen: Seen<WireOrganization>
  readonly numbers: readonly NumberRight[]
  readonly onDone: () => void
}

function Settings({ seen, numbers, onDone }: SettingsProps) {
  const { t } = useTranslation('console')
  const [known, setKnown] = useState(seen)
  const [name, setName] = useState<string>()
  const [number, setNumber] = useState<string>()
  const [nameFault, setNameFault] = useState<string>()
  const [problem, setProblem] = useState<ApiProblem>()
  const [isOutdated, setOutdated] = useState(false)
  const isSaved = useRef(false)
  const client = useQueryClient()
  const shown = numbers.find(({ isDefault }) => isDefault)?.number ?? ''
  const isNameChanged = name !== undefined && name !== known.value.name
  const isNumberChanged = number !== undefined && number !== shown
  isSaved.current = false
  const undo = () => {
    setName(undefined)
    setNumber(undefined)
    setNameFault(undefined)
    setProblem(undefined)
    setOutdated(false)
  }

  const submit = async () => {
    const change = {
      ...(isNameChanged ? { name } : {}),
      ...(isNumberChanged ? { defaultNumber: number } : {}),
    }
    const parsed = organizationChange.pick({ name: true, defaultNumber: true }).safeParse(change)
    setNameFault(parsed.success ? undefined : t('organization.nameFault'))
    if (!parsed.success) return
    try {
      setKnown(await changeOrganization(known, parsed.data as typeof change))
    } catch (error) {
      const told = error instanceof ApiProblem ? error : new ApiProblem('unreadable')
      if (told.code !== 'changed-meanwhile') return setProblem(told)
      const look = client.fetchQuery({ ...organizationQuery(known.value.id), staleTime: 0 })
      return look.then((now) => (setKnown(now), setOutdated(true)), setProblem)
    }
    isSaved.current = true
    undo()
    for (const queryKey of [keys.organization, keys.offer('numbers'), keys.session])
      void client.invalidateQueries({ queryKey })
    notice.done(t('form.saved'))
    onDone()
  }

  return (
    <Form problem={problem} onSubmit={submit} onCancel={undo}>
      {isOutdated && (
        <Banner tone="warn" isUrgent>
          {t('form.changedNothing')}
        </Banner>
      )}
      <Field
        label={t('organization.name')}
        value={name ?? known.value.name}
        fault={nameFault}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <ShownNumber numbers={numbers} value={number ?? shown} onChange={setNumber} />
      <section className="grid gap-2">
        <h2 className="text-sm font-medium">{t('organization.byOperator')}</h2>
        <Facts facts={useOperatorFacts(known.value)} />
      </section>
      <Unsaved isUnsaved={() => !isSaved.current && (isNameChanged || isNumberChanged)} />
    </Form>
  )
}

type ShownProps = {
  readonly numbers: readonly NumberRight[]
  readonly value: string
  readonly onChange: (number: string) => void
}

function ShownNumber({ numbers, value, onChange }: ShownProps) {
  const { t } = useTranslation('console')
  const write = usePhoneNumber()
  const none = numbers.length === 0 || value === '' ? [{ value: '', label: t('organization.noNumber') }] : []
  const distinct = [...new Set(numbers.map(({ number }) => number))]
  return (
    <Choice
      label={t('organization.defaultNumber')}
      value={value}
      disabled={numbers.length === 0}
      hint={numbers.length === 0 ? t('offer.fromOperator') : undefined}
      onChange={(event) => onChange(event.target.value)}
      options={[...none, ...distinct.map((number) => ({ value: number, label: write(number) }))]}
    />
  )
}

function useOperatorFacts(organization: WireOrganization): readonly Fact[] {
  const { t, i18n } = useTranslation('console')
  const { zone, country, jurisdiction, verification, standing } = organization
  const countries = new Intl.DisplayNames(i18n.language, { type: 'region' })
  return [
    { term: t('organization.zone'), value: zone },
    { term: t('organization.country'), value: countries.of(country) },
    { term: t('organization.jurisdiction'), value: t(`organization.jurisdictions.${jurisdiction}`) },
    { term: t('organization.verification'), value: t(`organization.verifications.${verification}`) },
    { term: t('organization.standing'), value: t(`standing.${standing}`) },
  ]
}
