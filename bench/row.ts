/** One promise and what this run measured of it. */
export type BenchRow = {
  readonly name: string
  readonly value: number
  /** Of `value` and `yardstick`. */
  readonly unit: string
  /** What the same machine did in the same run without us; `null` where there is nothing to compare with. */
  readonly yardstick: number | null
  /** `value` by `yardstick`; `null` without a yardstick. */
  readonly ratio: number | null
  /** In words, with the name of the yardstick. */
  readonly target: string
  readonly ok: boolean
}

type Measured = {
  readonly value: number
  readonly unit: string
  readonly yardstick?: number
  /** What the yardstick is. */
  readonly of?: string
}
type Compared = Measured & { readonly yardstick: number }

/** At least so many times the yardstick. */
export function byRatio(name: string, measured: Compared, least: number): BenchRow {
  const row = rowOf(name, measured)
  return {
    ...row,
    target: `≥ ${least} × ${measured.of ?? 'yardstick'}`,
    ok: measured.value >= least * measured.yardstick,
  }
}

/** At most so many times the yardstick. */
export function byRatioAtMost(name: string, measured: Compared, most: number): BenchRow {
  const row = rowOf(name, measured)
  return {
    ...row,
    target: `≤ ${most} × ${measured.of ?? 'yardstick'}`,
    ok: measured.value <= most * measured.yardstick,
  }
}

/** At least a number of its own; a yardstick is only shown. */
export const atLeast = (name: string, measured: Measured, least: number): BenchRow => ({
  ...rowOf(name, measured),
  target: alone('≥', least, measured),
  ok: measured.value >= least,
})

/** At most a number of its own; a yardstick is only shown. */
export const atMost = (name: string, measured: Measured, most: number): BenchRow => ({
  ...rowOf(name, measured),
  target: alone('≤', most, measured),
  ok: measured.value <= most,
})

/** Nothing is promised of it. */
export const told = (name: string, measured: Measured): BenchRow => ({
  ...rowOf(name, measured),
  target: measured.of === undefined ? '' : `(beside ${measured.of})`,
  ok: true,
})

function alone(sign: '≥' | '≤', limit: number, { unit, of }: Measured): string {
  const target = `${sign} ${limit.toLocaleString('en')} ${unit}`.trimEnd()
  return of === undefined ? target : `${target} (beside ${of})`
}

const rowOf = (name: string, { value, unit, yardstick }: Measured) => ({
  name,
  value,
  unit,
  yardstick: yardstick ?? null,
  ratio: yardstick === undefined ? null : value / yardstick,
})
