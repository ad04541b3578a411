import type { WireMember } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { Ban, Check, Copy, KeyRound, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeMember, keys, resetPassword, type Seen } from '#session'
import { Button, Dialog, notice } from '#ui'
import { Confirm } from './confirm.tsx'

/** Suspends, or takes it back; what the last administrator may not do to himself is told in the question. */
export function StandingButton({ seen }: { readonly seen: Seen<WireMember> }) {
  const { t } = useTranslation('console')
  const client = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const { name, standing } = seen.value
  const isActive = standing === 'active'
  // What was asked stays on the question while it closes, though the member has changed by then.
  const [isSuspending, setSuspending] = useState(isActive)
  const change = async () => {
    // Without the name of what was seen: whatever else somebody has changed, this one is meant as it is said.
    await changeMember({ ...seen, etag: null }, { standing: isSuspending ? 'suspended' : 'active' })
    await client.invalidateQueries({ queryKey: keys.members })
    notice.done(t(isSuspending ? 'members.suspended' : 'members.reinstated', { name }))
  }
  return (
    <>
      <Button
        icon={isActive ? <Ban size={16} aria-hidden /> : <RotateCcw size={16} aria-hidden />}
        onClick={() => {
          setSuspending(isActive)
          setAsking(true)
        }}
      >
        {t(isActive ? 'members.suspend' : 'members.reinstate')}
      </Button>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t(isSuspending ? 'members.suspendTitle' : 'members.reinstateTitle', { name })}
        action={t(isSuspending ? 'members.suspend' : 'members.reinstate')}
        isHarmful={isSuspending}
        onConfirm={change}
      >
        {t(isSuspending ? 'members.suspendText' : 'members.reinstateText')}
      </Confirm>
    </>
  )
}

/** A new password is made here, and shown once. */
export function PasswordButton({ member }: { readonly member: WireMember }) {
  const { t } = useTranslation('console')
  const [isAsking, setAsking] = useState(false)
  const [password, setPassword] = useState<string>()
  const { id, name } = member
  const reset = async () => {
    const made = newPassword()
    await resetPassword(id, made)
    setPassword(made)
  }
  return (
    <>
      <Button icon={<KeyRound size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {t('members.reset')}
      </Button>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('members.resetTitle', { name })}
        action={t('members.reset')}
        isHarmful
        onConfirm={reset}
      >
        {t('members.resetText')}
      </Confirm>
      <Dialog
        isOpen={password !== undefined}
        onClose={() => setPassword(undefined)}
        title={t('members.resetDone', { name })}
      >
        {password && <ShownOnce text={password} />}
      </Dialog>
    </>
  )
}

function ShownOnce({ text }: { readonly text: string }) {
  const { t } = useTranslation('console')
  const [isCopied, setCopied] = useState(false)
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2 rounded-control bg-sunken p-3">
        <code data-testid="new-password" className="min-w-0 flex-1 basis-40 text-base wrap-anywhere">
          {text}
        </code>
        <Button
          icon={isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {t(isCopied ? 'members.copied' : 'members.copy')}
        </Button>
      </div>
      <p className="text-pretty text-soft">{t('members.resetOnce')}</p>
    </div>
  )
}

/** Without letters and digits that are taken for one another. */
const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_LENGTH = 5

/** Twenty signs of 31: 99 bits. */
function newPassword(): string {
  const sign = (): string => {
    for (;;) {
      const [byte = 255] = crypto.getRandomValues(new Uint8Array(1))
      // All signs are equally likely: bytes beyond the last whole round are thrown away.
      if (byte < SIGNS.length * 8) return SIGNS[byte % SIGNS.length] ?? ''
    }
  }
  const group = () => Array.from({ length: GROUP_LENGTH }, sign).join('')
  return Array.from({ length: GROUPS }, group).join('-')
}
