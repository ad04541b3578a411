export type { KnownDevices, Passwords, SipAccess, SipUser, Tokens, Urgency } from './crypto.ts'
export { createOperatorKeys, type OperatorKeys } from './operator-keys.ts'
export type { OperatorKey, Principal, Session } from './session.ts'
export {
  createSignIns,
  SESSION_LIFE_MS,
  type MemberPrincipal,
  type SignedIn,
  type SignInCredentials,
  type SignIns,
} from './sign-in.ts'
export { createSignOuts, type Ended, type SessionReach, type SignOuts, type SipSockets } from './sign-outs.ts'
export { isWeakPassword } from './weak-password.ts'
export type { Credentials, IdentityStore } from './store.ts'
