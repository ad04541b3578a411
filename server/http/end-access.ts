import type { Member } from '#directory'
import type { Parts } from './parts.ts'

type Whose = Pick<Member, 'id' | 'organizationId'>

/** Ends what a member has open, wherever: sessions, screens, SIP users, calls. `except`: the session that asks for it. */
export async function endAllOf(parts: Parts, { id, organizationId }: Whose, except?: string): Promise<void> {
  const { stores, signIns, engine, sipAccess, hub, calls } = parts
  const sessions = await stores.identity.sessionsOf(id)
  for (const sessionHash of sessions.filter((hash) => hash !== except)) {
    await signIns.signOut(sessionHash)
    await engine.removeBrowser(sipAccess.userOfSession(sessionHash).sipUser)
    hub.dropSession(sessionHash)
  }
  if (except !== undefined) return
  const own = calls.liveSnapshots().filter(({ memberId }) => memberId === id)
  await Promise.all(own.map(({ callId }) => calls.hangup({ organizationId, memberId: id, callId })))
}

/** Ends the event feeds of a member: his screens open them again, as who he is now. */
export async function reopenScreensOf({ stores, hub }: Parts, { id }: Whose): Promise<void> {
  for (const sessionHash of await stores.identity.sessionsOf(id)) hub.dropSession(sessionHash)
}
