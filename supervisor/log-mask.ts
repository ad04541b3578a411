/** What looks like a telephone number and is none: instants, addresses, ids, ports. */
const kept =
  /(\d{4}-\d{2}-\d{2}[T ][\d:.]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|:\d{1,5}(?![\d@]))/
/** Five digits of any script or more, also with one mark between two of them: nobody's number is shorter. */
const number = /\+?\p{Nd}(?:[\s().-]?\p{Nd}){4,}/gu
const secret = /\b(password|passwd|secret|token|ticket|authorization|cookie|api_key)(["']?\s*[:=]\s*["']?)[^\s"'&]+/gi
const operatorKey = /tdm_\w{8}_[\w-]+/g

/** A line that a program of somebody else's wrote, or strangers through it, for the log: no number, no secret. */
export function maskLine(line: string): string {
  const plain = line.replace(secret, '$1$2(secret)').replace(operatorKey, '(secret)')
  return plain
    .split(kept)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(number, '(digits)')))
    .join('')
}
