export { createPasswords } from './passwords.ts'
export { createSipAccess } from './sip-access.ts'
export { tokens } from './tokens.ts'
