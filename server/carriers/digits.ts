/**
 * What a person typed, as digits with at most one leading `+`. Full-width forms count as their digits; spaces, dots,
 * brackets and hyphens go. Any other character stays, so that `1-800-FLOWERS` is not taken for 1800.
 */
export const dialledDigits = (typed: string): string =>
  typed
    .normalize('NFKC')
    .replace(/^\s*tel:/i, '')
    .replace(/[\s().\-\u2010-\u2015\u2212/\u200b-\u200f\u202a-\u202e]/g, '')
