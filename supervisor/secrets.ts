import { randomBytes } from 'node:crypto'
import { readJson, writeJson } from './files.ts'

/** Made once per data folder. Each is 256 bits, base64url. */
export type Secrets = {
  /** Signs the tickets that open the edge's way to the engine. */
  ticketKey: string
  sessionKey: string
  /** By which push services know this installation: as it is 256 bits, also a private key of P-256. */
  pushKey: string
  ariPassword: string
  carrierAriPassword: string
  /** The digest password of the simulated carrier's trunk. */
  carrierTrunkPassword: string
  /** The private Postgres': who owns the schema, and who the server is. */
  databaseOwnerPassword: string
  databaseAppPassword: string
}

const names = [
  'ticketKey',
  'sessionKey',
  'pushKey',
  'ariPassword',
  'carrierAriPassword',
  'carrierTrunkPassword',
  'databaseOwnerPassword',
  'databaseAppPassword',
] as const

/** A secret that a newer version needs is added; the others are kept. */
export function loadSecrets(path: string): Secrets {
  const known = (readJson(path) ?? {}) as Partial<Secrets>
  const secrets = Object.fromEntries(names.map((name) => [name, known[name] ?? newSecret()])) as Secrets
  if (names.some((name) => known[name] === undefined)) writeJson(path, secrets)
  return secrets
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
