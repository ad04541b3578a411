import { later, newId, type Instant } from '#kernel'
import type { Tokens } from './crypto.ts'
import type { OperatorKey, Principal } from './session.ts'
import type { IdentityStore } from './store.ts'

const FORMAT = /^tdm_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{24,})$/

export type OperatorKeys = {
  /** `undefined` for a key that is unknown, revoked or not of our format. */
  operatorOf(key: string, at: Instant): Promise<Principal | undefined>
  /** The key in plain text is told once, here. */
  create(
    name: string,
    at: Instant,
    within?: Within<OperatorKey>,
  ): Promise<{ readonly key: string; readonly stored: OperatorKey }>
  revoke(id: string, at: Instant, within?: Within<boolean>): Promise<boolean>
  /** The key that the installation is set up with; taken only while there is none. */
  bootstrap(key: string, at: Instant): Promise<boolean>
}

type Keys = Pick<IdentityStore, 'createOperatorKey' | 'revokeOperatorKey'>

/** Does the writing in a transaction of the caller's, with what else belongs to it; resolves once that is committed. */
export type Within<T> = (write: (store: Keys) => Promise<T>) => Promise<T>

type Changing = <T>(write: (store: Keys) => Promise<T>, within?: Within<T>) => Promise<T>

/** How long another server's new or revoked key may go unnoticed here. There are few keys, so all are kept. */
const KEPT_MS = 5_000

export function createOperatorKeys(store: IdentityStore, tokens: Tokens): OperatorKeys {
  let kept: { readonly until: Instant; readonly keys: Promise<readonly OperatorKey[]> } | undefined
  /** Invented keys, however many, cost the store one look in `KEPT_MS`. */
  const keysAt = (at: Instant): Promise<readonly OperatorKey[]> => {
    if (kept === undefined || kept.until <= at) {
      const keys = store.operatorKeys()
      kept = { until: later(at, KEPT_MS), keys }
      keys.catch(() => (kept = undefined))
    }
    return kept.keys
  }
  const changing: Changing = (write, within = (work) => work(store)) =>
    // Also when it is not known whether it was done: then they are read again.
    within(write).finally(() => (kept = undefined))
  const keep = async (
    { key, name }: { readonly key: string; readonly name: string },
    at: Instant,
    within?: Within<OperatorKey>,
  ): Promise<OperatorKey> => {
    const [, prefix = '', secret = ''] = FORMAT.exec(key) ?? []
    const secretHash = tokens.digest(secret)
    const stored = { id: newId<'operator-key'>(at), prefix, secretHash, name, createdAt: at, revokedAt: null }
    return changing(async (keys) => {
      await keys.createOperatorKey(stored)
      return stored
    }, within)
  }
  return {
    async operatorOf(key, at) {
      const [, prefix, secret] = FORMAT.exec(key) ?? []
      if (prefix === undefined || secret === undefined) return undefined
      const stored = (await keysAt(at)).find((known) => known.prefix === prefix)
      // Both sides are digests: how far they agree tells nothing of the secret.
      if (stored === undefined || stored.revokedAt !== null || stored.secretHash !== tokens.digest(secret))
        return undefined
      return { kind: 'operator', keyId: stored.id }
    },

    async create(name, at, within) {
      const key = `tdm_${tokens.makeKeyName()}_${tokens.make()}`
      return { key, stored: await keep({ key, name }, at, within) }
    },

    revoke: (id, at, within) => changing((keys) => keys.revokeOperatorKey(id, at), within),

    async bootstrap(key, at) {
      if (!FORMAT.test(key) || (await store.operatorKeys()).length > 0) return false
      await keep({ key, name: 'bootstrap' }, at)
      return true
    },
  }
}
