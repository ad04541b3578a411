import type { WireSession } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { BellOff, BellRing, MoonStar } from 'lucide-react'
import { useContext, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, changeOwn, keys, serverNow } from '#session'
import { buttonClass, MenuItem, notice, PlaceContext, startOfDay, useFormat, useProblemText } from '#ui'

type Props = { readonly session: WireSession }

const HOUR = 3_600_000
/** Of the next morning. */
const MORNING_HOUR = 8

/** In the head of each page, as long as nothing of his rings; a tap makes it ring again. */
export function UndisturbedButton({ session }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const change = useChange(session)
  const isOn = useIsOn(session.doNotDisturb)
  if (!isOn) return null
  const until = session.doNotDisturb?.until
  return (
    <button
      type="button"
      title={t('undisturbed.off')}
      data-undisturbed
      onClick={() => change(null)}
      className={buttonClass('plain', 'border-transparent bg-warn-soft px-2.5 text-xs text-warn')}
    >
      <MoonStar size={16} aria-hidden className="shrink-0" />
      <span className="max-md:sr-only">
        {until ? t('undisturbed.until', { time: format.recentTime(until) }) : t('undisturbed.title')}
      </span>
      <span className="sr-only">. {t('undisturbed.off')}</span>
    </button>
  )
}

/** In the menu of his account. */
export function UndisturbedItems({ session }: Props) {
  const { t } = useTranslation()
  const { zone } = useContext(PlaceContext)
  const change = useChange(session)
  if (useIsOn(session.doNotDisturb))
    return (
      <MenuItem icon={<BellRing size={17} aria-hidden />} onClick={() => change(null)}>
        {t('undisturbed.off')}
      </MenuItem>
    )
  const ways = [
    { name: 'hour', until: () => new Date(serverNow() + HOUR).toISOString() },
    { name: 'tomorrow', until: () => tomorrowMorning(serverNow(), zone) },
    { name: 'open', until: () => null },
  ] as const
  return ways.map(({ name, until }) => (
    <MenuItem key={name} icon={<BellOff size={17} aria-hidden />} onClick={() => change({ until: until() })}>
      {t(`undisturbed.${name}`)}
    </MenuItem>
  ))
}

/** The morning of the day after this instant's, in a zone, as RFC 3339 in UTC. */
function tomorrowMorning(now: number, zone: string | undefined): string {
  const today = new Intl.DateTimeFormat('en-CA', zone ? { timeZone: zone } : {}).format(now)
  const tomorrow = new Date(Date.parse(today) + 24 * HOUR).toISOString().slice(0, 10)
  return new Date(Date.parse(startOfDay(tomorrow, zone)) + MORNING_HOUR * HOUR).toISOString()
}

/** Ends by itself. */
function useIsOn(set: WireSession['doNotDisturb']): boolean {
  const [now, setNow] = useState(serverNow)
  const endsAt = set?.until ? Date.parse(set.until) : null
  useEffect(() => {
    setNow(serverNow())
    if (endsAt === null) return
    // Looked at each minute: no timer of a browser lasts for days.
    const timer = setInterval(() => setNow(serverNow()), Math.min(60_000, Math.max(500, endsAt - serverNow())))
    return () => clearInterval(timer)
  }, [endsAt])
  return set !== null && (endsAt === null || endsAt > now)
}

function useChange(session: WireSession): (doNotDisturb: WireSession['doNotDisturb']) => void {
  const client = useQueryClient()
  const say = useProblemText()
  return (doNotDisturb) =>
    void changeOwn({ doNotDisturb })
      .then(() => client.setQueryData<WireSession>(keys.session, { ...session, doNotDisturb }))
      .catch((error: unknown) => {
        if (!(error instanceof ApiProblem)) throw error
        notice.failed(say(error.code, error.params))
      })
}
