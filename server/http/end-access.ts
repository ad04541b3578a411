import type { Member } from '#directory'
import type { Parts } from './parts.ts'

type Whose = Pick<Member, 'id'>

/** Ends what a member has open, wherever: sessions, screens, SIP users, calls. `except`: the session that asks for it. */
export const endAllOf = ({ signOuts }: Pick<Parts, 'signOuts'>, { id }: Whose, except?: string): Promise<void> =>
  except === undefined ? signOuts.member(id) : signOuts.otherSessions(id, except)

/** Ends the event feeds of a member: his screens open them again, as who he is now. */
export async function reopenScreensOf({ stores, hub }: Parts, { id }: Whose): Promise<void> {
  for (const sessionHash of await stores.identity.sessionsOf(id)) hub.closeScreens(sessionHash)
}
