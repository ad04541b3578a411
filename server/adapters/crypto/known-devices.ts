import { createHmac, randomBytes } from 'node:crypto'
import type { KnownDevices } from '#identity'
import { isSame } from './is-same.ts'

/** People at one browser who are known there at once; the longest unseen is forgotten. */
const LARGEST = 4
const MARK = /^[\w-]{22}(\.[\w-]{22}){1,4}$/

/** `<device>.<proof>.<proof>…`: the device's random name, and for each login an HMAC over both. */
export function createKnownDevices(key: string): KnownDevices {
  const proofOf = (device: string, login: string): string =>
    createHmac('sha256', key).update(`device:${device}:${login}`).digest('base64url').slice(0, 22)
  const parse = (mark: string | undefined): { readonly device: string; readonly proofs: readonly string[] } | null => {
    if (mark === undefined || !MARK.test(mark)) return null
    const [device = '', ...proofs] = mark.split('.')
    return { device, proofs }
  }
  return {
    deviceOf(mark, login) {
      const parsed = parse(mark)
      if (parsed === null) return null
      const proof = proofOf(parsed.device, login)
      return parsed.proofs.some((given) => isSame(given, proof)) ? parsed.device : null
    },
    markFor(mark, login) {
      const { device, proofs } = parse(mark) ?? { device: randomBytes(16).toString('base64url'), proofs: [] }
      const proof = proofOf(device, login)
      return [device, proof, ...proofs.filter((given) => given !== proof)].slice(0, 1 + LARGEST).join('.')
    },
  }
}
