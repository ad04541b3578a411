import type { WireCall } from '@tandem/contract'
import clsx from 'clsx'
import { BellOff, Pause, Phone, PhoneOff, VolumeX } from 'lucide-react'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { otherOf } from '#session'
import { Avatar, Banner, Button, IconButton, usePhoneNumber } from '#ui'
import { useAnswering, type Answering } from './answering.ts'
import { useRinging } from './ringing.ts'

type Props = {
  readonly call: WireCall
  readonly memberId: string
  /** The call that this member is in, if it is not on hold. */
  readonly first: WireCall | undefined
  /** Of several that ring, the one that is heard and takes the keys. */
  readonly isFirst: boolean
  /** He has said already, on a notification, that he answers. */
  readonly isWished: boolean
  readonly onAnswering: (isSo: boolean) => void
  readonly onAnswered: () => void
  readonly onDecline: () => void
}

/** Somebody calls. It takes no work out of anybody's hands: what he does goes on below, until he answers. */
export function IncomingCard(props: Props) {
  const { t } = useTranslation()
  const { call, first, isFirst } = props
  const { ring, isSilenced, silence, isBlocked, isOver } = useRinging(call, {
    isHeard: isFirst,
    isTalking: first !== undefined,
  })
  const answering = useAnswering({ ...props, ring })
  const { isBusy, fault } = answering
  const card = useFocus({
    isFirst,
    silence,
    answer: () => answering.answer(first?.state === 'connected' ? 'hold' : 'hang-up'),
  })
  const write = usePhoneNumber()
  const firstName = first ? otherOf(first, props.memberId).name || write(first.to.number ?? '') : ''
  const nameId = useId()
  const aboutId = useId()
  if (isOver && !isBusy) return null
  return (
    <section
      ref={card}
      tabIndex={-1}
      role="alertdialog"
      aria-labelledby={nameId}
      aria-describedby={aboutId}
      data-ringing={call.id}
      data-silenced={isSilenced || undefined}
      className="pointer-events-auto grid w-full max-w-md grid-cols-[minmax(0,1fr)] gap-3 rounded-card border border-line bg-raised p-4 shadow-float animate-rise"
    >
      <div className="flex items-center gap-3">
        <span className="rounded-full animate-ring">
          <Avatar name={call.from.name} />
        </span>
        <div className="min-w-0 flex-1">
          <h2 id={nameId} className="truncate text-base font-semibold">
            {t('incoming.calls', { name: call.from.name })}
          </h2>
          <p id={aboutId} role="status" className="text-xs text-soft">
            {isBusy
              ? t('incoming.connecting')
              : first
                ? t('incoming.talking', { name: firstName })
                : t('incoming.inApp')}
          </p>
        </div>
        <IconButton
          label={t(isSilenced ? 'incoming.silenced' : 'incoming.silence')}
          disabled={isSilenced}
          onClick={silence}
        >
          <BellOff size={18} aria-hidden />
        </IconButton>
      </div>
      {isBlocked && !isSilenced && (
        <Banner tone="warn" icon={<VolumeX size={18} aria-hidden />}>
          {t('incoming.blocked')}
        </Banner>
      )}
      {fault && (
        <Banner tone="bad" isUrgent>
          {fault}
        </Banner>
      )}
      <Choices first={first} answering={answering} />
    </section>
  )
}

type ChoicesProps = { readonly first: WireCall | undefined; readonly answering: Answering }

function Choices({ first, answering }: ChoicesProps) {
  const { t } = useTranslation()
  const { isBusy, answer, decline } = answering
  const choice = (label: ReactNode, icon: ReactNode, onClick: () => void) => ({ label, icon, onClick })
  const ways = !first
    ? [choice(t('incoming.answer'), <Phone size={18} aria-hidden />, () => answer(null))]
    : [
        // One that nobody has answered yet cannot wait.
        ...(first.state === 'connected'
          ? [choice(t('incoming.holdAnswer'), <Pause size={18} aria-hidden />, () => answer('hold'))]
          : []),
        choice(t('incoming.hangUpAnswer'), <PhoneOff size={18} aria-hidden />, () => answer('hang-up')),
      ]
  return (
    <div className={clsx('grid gap-2', first ? 'grid-cols-[auto_1fr]' : 'grid-cols-2')}>
      <Button
        look="danger"
        disabled={isBusy}
        icon={<PhoneOff size={18} aria-hidden />}
        className="h-12 rounded-full"
        onClick={decline}
      >
        {t('incoming.decline')}
      </Button>
      {ways.map(({ label, icon, onClick }, index) => (
        <Button
          key={index}
          look={index === 0 ? 'brand' : 'plain'}
          disabled={isBusy}
          icon={icon}
          className={clsx('h-12 rounded-full', index > 0 && 'col-span-2')}
          onClick={onClick}
        >
          {label}
        </Button>
      ))}
    </div>
  )
}

/** So soon nobody has read who calls: the Enter was meant for what he was doing. */
const SEEN_MS = 700

/**
 * The card takes the focus where it takes it from nobody who writes, and Enter on it answers. Escape silences, wherever it is
 * pressed.
 */
function useFocus({
  isFirst,
  silence,
  answer,
}: {
  readonly isFirst: boolean
  readonly silence: () => void
  readonly answer: () => void
}) {
  const card = useRef<HTMLElement>(null)
  const act = useRef({ silence, answer })
  act.current = { silence, answer }
  useEffect(() => {
    if (!isFirst) return
    const shownAt = performance.now()
    const { activeElement: before } = document
    if (!isTyping(before)) card.current?.focus({ preventScroll: true })
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') act.current.silence()
      if (event.key !== 'Enter' || event.target !== card.current || event.repeat) return
      event.preventDefault()
      if (performance.now() - shownAt > SEEN_MS) act.current.answer()
    }
    window.addEventListener('keydown', onKey)
    return () => {
      window.removeEventListener('keydown', onKey)
      // The card went, and the focus with it.
      if (document.activeElement === document.body && before instanceof HTMLElement)
        before.focus({ preventScroll: true })
    }
  }, [isFirst])
  return card
}

/** An empty box has the focus by itself, not because somebody writes. */
function isTyping(element: Element | null): boolean {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element.value !== ''
  return element?.matches('select, [contenteditable]') === true
}
