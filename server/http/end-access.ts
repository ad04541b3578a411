import type { Member } from '#directory'
import type { Ended } from '#identity'
import type { Parts } from './parts.ts'

type Whose = Pick<Member, 'id'>
type Within = { readonly identity: Pick<Parts['stores']['identity'], 'deleteSessionsOf'> }

/**
 * Deletes what a member has open, in the transaction of the change that ends it: no session outlives its reason. What
 * hangs on them (screens, SIP users, calls) is ended with the answer, by `signOuts.deleted`, after the commit.
 */
export const deleteAllOf = async ({ identity }: Within, { id }: Whose): Promise<Ended> => ({
  sessionHashes: await identity.deleteSessionsOf(id, null),
  memberId: id,
})

/** As `deleteAllOf`, but for the session that asks for it; calls go on but for those that the others speak in. */
export const deleteOthersOf = async ({ identity }: Within, { id }: Whose, kept: string): Promise<Ended> => ({
  sessionHashes: await identity.deleteSessionsOf(id, kept),
  memberId: null,
})

/** Ends the event feeds of a member: his screens open them again, as who he is now. */
export async function reopenScreensOf({ stores, hub }: Parts, { id }: Whose): Promise<void> {
  for (const sessionHash of await stores.identity.sessionsOf(id)) hub.closeScreens(sessionHash)
}
