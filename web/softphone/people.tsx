import { Headset, Plus, Search, UserRound } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFound } from '#session'
import { Avatar, Button, compareNames, EmptyState, IconButton, Loading } from '#ui'
import type { Directory } from './directory.ts'
import type { Target } from './target.ts'
import { Unread } from './unread.tsx'

const AddContact = lazy(() => import('./add-contact.tsx').then(({ AddContact: component }) => ({ default: component })))

type Props = { readonly directory: Directory; readonly onCall: (target: Target) => void }

type Person = {
  readonly key: string
  readonly name: string
  readonly note: string
  /** What a tap on the row does. */
  readonly target: Target
  /** A colleague, who can be called inside the app in any case. */
  readonly inApp: Target | null
  readonly sought: string
}

export function People({ directory, onCall }: Props) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [isAdding, setAdding] = useState(false)
  const groups = usePeople(directory, text)
  const isEmpty = groups.every(({ people }) => people.length === 0)
  return (
    <>
      <header className="flex items-center gap-2 p-4 pb-2">
        <h2 className="flex-1 text-base font-semibold">{t('people.title')}</h2>
        <IconButton label={t('people.add')} onClick={() => setAdding(true)}>
          <Plus size={18} aria-hidden />
        </IconButton>
      </header>
      <div className="relative px-4 pb-2">
        <Search size={16} aria-hidden className="absolute left-7 top-[calc(50%-0.25rem)] -translate-y-1/2 text-soft" />
        <input
          type="search"
          aria-label={t('people.search')}
          placeholder={t('people.search')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="min-h-control w-full rounded-control border border-edge bg-surface pl-9 pr-3 placeholder:text-soft"
        />
      </div>
      <div className="min-h-0 flex-1 pb-2">
        {directory.isLoading && <Loading label={t('loading')} />}
        {directory.error && <Unread error={directory.error} onTry={directory.loadAgain} />}
        {!directory.isLoading && !directory.error && isEmpty && (
          <EmptyState
            icon={<UserRound size={20} aria-hidden />}
            title={text ? t('people.noneFound', { text }) : t('people.empty')}
          >
            {!text && t('people.emptyHint')}
          </EmptyState>
        )}
        {groups.map(
          ({ title, people }) =>
            people.length > 0 && <Group key={title} title={title} people={people} onCall={onCall} />,
        )}
      </div>
      <Suspense>{isAdding && <AddContact isOpen onClose={() => setAdding(false)} />}</Suspense>
    </>
  )
}

function Group({
  title,
  people,
  onCall,
}: {
  readonly title: string
  readonly people: readonly Person[]
  readonly onCall: (target: Target) => void
}) {
  return (
    <section aria-label={title}>
      <h3 className="px-4 pb-1 pt-2 text-xs font-medium text-soft">{title}</h3>
      <ul>
        {people.map((person) => (
          <li key={person.key}>
            <PersonRow person={person} onCall={onCall} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function PersonRow({ person, onCall }: { readonly person: Person; readonly onCall: (target: Target) => void }) {
  const { t } = useTranslation()
  const { name, note, target, inApp } = person
  return (
    <div className="flex items-center pr-3 hover:bg-sunken">
      <button
        type="button"
        onClick={() => onCall(target)}
        className="flex min-w-0 flex-1 items-center gap-3 py-2 pl-4 pr-2 text-left -outline-offset-2"
      >
        {target.kind === 'business' && <span className="sr-only">{t('people.call')}</span>}
        <Avatar name={name} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{name}</span>
          <span className="block truncate text-xs text-soft figures">{note}</span>
        </span>
        {target.kind === 'network' && <span className="sr-only">{t('people.inApp')}</span>}
      </button>
      {inApp && (
        <Button
          aria-label={t('people.callInApp', { name })}
          onClick={() => onCall(inApp)}
          icon={<Headset size={16} aria-hidden />}
          className="shrink-0 px-2.5 text-xs"
        >
          {t('people.inApp')}
        </Button>
      )}
    </div>
  )
}

function usePeople(
  directory: Directory,
  text: string,
): readonly { readonly title: string; readonly people: readonly Person[] }[] {
  const { t } = useTranslation()
  const contacts = directory.contacts.map(({ name, number }): Person => ({
    key: number,
    name,
    note: directory.write(number),
    target: { kind: 'business', to: { number }, label: name },
    inApp: null,
    sought: `${name} ${number}`,
  }))
  const colleagues = directory.colleagues.map((member): Person => {
    const number = member.phone
      ? directory.write(member.phone)
      : t(member.isCallable ? 'people.hiddenNumber' : 'people.noPhone')
    const inApp: Target = { kind: 'network', to: { memberId: member.id }, label: member.name }
    return {
      key: member.id,
      name: member.name,
      note: [member.departments.join(' / '), number].filter(Boolean).join(' · '),
      target: member.isCallable ? { ...inApp, kind: 'business' } : inApp,
      inApp,
      sought: `${member.name} ${member.phone ?? ''} ${member.extension ?? ''} ${member.departments.join(' ')}`,
    }
  })
  const wanted = text.trim().toLowerCase()
  // Digits are sought without the spaces that people write into numbers.
  const digits = /^[+\d\s-]+$/.test(wanted) ? wanted.replace(/[\s-]/g, '') : wanted
  // The server also knows how names are read: `chenli` and 陳立 find 陈立. This page knows the rest at once.
  const found = useFound(wanted)
  const fits = ({ sought, key }: Person) => sought.toLowerCase().includes(digits) || found.has(key)
  return [
    { title: t('people.contacts'), people: contacts.filter(fits).toSorted(byName) },
    { title: t('people.colleagues'), people: colleagues.filter(fits).toSorted(byName) },
  ]
}

const byName = (a: Person, b: Person): number => compareNames(a.name, b.name)
