import { createHash, randomBytes } from 'node:crypto'
import type { Tokens } from '#identity'

export const tokens: Tokens = {
  make: () => randomBytes(32).toString('base64url'),
  makeKeyName: () => randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x'),
  digest: (secret) => createHash('sha256').update(secret).digest('hex'),
}
