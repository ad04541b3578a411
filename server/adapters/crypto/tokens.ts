import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Tokens } from '#identity'
import { isSame } from './is-same.ts'

const SECRET = /^([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{22})$/

/** `key` is this installation's: whoever does not have it cannot make a token that looks like ours. */
export function createTokens(key: string): Tokens {
  const seal = (secret: string): string =>
    createHmac('sha256', key).update(`token:${secret}`).digest('base64url').slice(0, 22)
  return {
    make: () => randomBytes(32).toString('base64url'),
    makeKeyName: () => randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x'),
    makeSealed() {
      const secret = randomBytes(32).toString('base64url')
      return `${secret}${seal(secret)}`
    },
    isSealed(token) {
      const [, secret, given] = SECRET.exec(token) ?? []
      return secret !== undefined && given !== undefined && isSame(given, seal(secret))
    },
    digest: (secret) => createHash('sha256').update(secret).digest('hex'),
  }
}
