import { maskNumber } from '#kernel'

/** Runs of digits that look like telephone numbers and are none: UUIDs, times, fractions of seconds, addresses. */
const NOT_A_NUMBER =
  /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d{2}-\d{2}T[\d:.]+Z?|\d+\.\d+\.\d+\.\d+(?::\d+)?)/

/** A text for the log, its phone numbers masked. */
export const maskText = (text: string): string =>
  text
    .split(NOT_A_NUMBER)
    .map((part, index) => (index % 2 === 1 ? part : maskNumber(part)))
    .join('')

/** Everything below a value, with its texts masked; errors keep their message and stack. */
export function maskValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value)
  if (typeof value !== 'object' || value === null || depth > 6)
    return typeof value === 'object' && value !== null ? '(deeper)' : value
  if (value instanceof Error) {
    return {
      type: value.name,
      message: maskText(value.message),
      stack: maskText(value.stack ?? ''),
      cause: maskValue(value.cause, depth + 1),
    }
  }
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1))
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  return isPlain
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskValue(inner, depth + 1)]))
    : value
}
