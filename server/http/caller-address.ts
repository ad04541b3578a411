import { isIP } from 'node:net'

/**
 * Under which name what a stranger does is counted: an IPv4 address, or an IPv6 network of 64 bits, for whoever has one
 * address of it has 2^64. The edge tells each address in one spelling (RFC 5952).
 */
export function callerAddress(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::')
  const [front, back] = [groupsOf(head), groupsOf(tail)]
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`
}

const groupsOf = (part: string): readonly string[] => (part === '' ? [] : part.split(':'))
