export { createKnownDevices } from './known-devices.ts'
export { createPasswords } from './passwords.ts'
export { createSipAccess } from './sip-access.ts'
export { createTokens } from './tokens.ts'
