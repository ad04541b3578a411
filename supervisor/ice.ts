import { isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** The machine's addresses but those of loopback, sorted. */
export const externalAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
    .toSorted()

/**
 * What `rtp.conf` says of ICE's host candidates (RFC 8445, 5.1.1.1): a browser is told the address at which we listen and
 * no other of the machine. Asterisk goes through the machine's addresses and never offers one of loopback; so where we
 * listen on loopback, each of the others is offered under loopback's name. Where we listen on every address, or on a
 * name, all are told as they are.
 */
export function iceValues(sipHost: string, external: readonly string[]): Record<string, string> {
  if (isIP(sipHost) === 0 || sipHost === '0.0.0.0' || sipHost === '::') return { ICE_PERMITTED: '', ICE_OVERRIDES: '' }
  const permitted = `ice_permit = ${sipHost}/${isIPv4(sipHost) ? 32 : 128}`
  const others = isLoopback(sipHost) ? external.filter((address) => isIPv4(address) === isIPv4(sipHost)) : []
  return {
    ICE_PERMITTED: ['ice_deny = 0.0.0.0/0', 'ice_deny = ::/0', permitted].join('\n'),
    ICE_OVERRIDES: others.map((address) => `${address} => ${sipHost}`).join('\n'),
  }
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

const LOOK_EVERY_MS = 2_000

/**
 * Tells when the machine's addresses are others than `told`: a laptop that joins another network. Who could not be told
 * is told again at the next look; the first failure of a change is reported. Gives what ends it.
 */
export function watchAddresses(told: readonly string[], tell: () => Promise<void>): () => void {
  let [known, failed] = [told.join(), '']
  let isTelling = false
  const look = async (): Promise<void> => {
    const now = externalAddresses().join()
    if (now === known || isTelling) return
    isTelling = true
    try {
      await tell()
      known = now
    } catch (fault) {
      if (failed !== now) console.error(`The machine's new addresses are told again soon: ${String(fault)}`)
      failed = now
    } finally {
      isTelling = false
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
