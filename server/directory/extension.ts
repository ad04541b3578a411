type Question = {
  /** How many members the organization has, the new one included. */
  readonly memberCount: number
  readonly taken: ReadonlySet<string>
  /** Numbers that mean something else, such as emergency numbers: whoever dialled one would not reach a colleague. */
  readonly isReserved: (digits: string) => boolean
}

/** The most members for whom extensions have 3 digits, and 4. */
const LENGTHS = [
  { digits: 3, upTo: 100 },
  { digits: 4, upTo: 1000 },
  { digits: 5, upTo: Infinity },
] as const
const FIRST_DIGITS = [8, 9, 1]

/**
 * The extension that a new member is given: the lowest free one from 8…, then 9…, then 1…; 3 digits up to 100 members,
 * 4 up to 1,000, else 5. `undefined` when all of them are taken.
 */
export function nextExtension({ memberCount, taken, isReserved }: Question): string | undefined {
  for (const { digits, upTo } of LENGTHS) {
    if (memberCount > upTo) continue
    for (const first of FIRST_DIGITS) {
      const found = firstFree(first * 10 ** (digits - 1), 10 ** (digits - 1))
      if (found !== undefined) return found
    }
  }
  return undefined

  function firstFree(from: number, count: number): string | undefined {
    for (let number = from; number < from + count; number += 1) {
      const extension = String(number)
      if (!taken.has(extension) && !isReserved(extension)) return extension
    }
    return undefined
  }
}
