import { describe, expect, test } from 'vitest'
import { durationMs } from '#kernel'
import { resolveLimits, type CallLimits, type DepartmentLimits } from './limits.ts'

type Circle = CallLimits['mayCall']
const limits = (mayCall: Circle, minutes: number | null): CallLimits => ({
  mayCall,
  monthlyMs: minutes === null ? null : durationMs(minutes * 60_000),
})
const department = (depth: number, mayCall: Circle, minutes: number | null): DepartmentLimits => ({
  depth,
  limits: limits(mayCall, minutes),
})

type Row = readonly [
  given: string,
  own: CallLimits,
  departments: readonly DepartmentLimits[],
  mayCall: Circle,
  minutes: number | null,
]

const rows: readonly Row[] = [
  ['nothing set: anybody, unlimited', limits(null, null), [department(0, null, null)], 'anybody', null],
  [
    'the member’s own wins, also when it is wider',
    limits('anybody', 500),
    [department(3, 'nobody', 10)],
    'anybody',
    500,
  ],
  ['each setting by itself', limits('colleagues', null), [department(1, 'anybody', 30)], 'colleagues', 30],
  [
    'the deepest department that sets it',
    limits(null, null),
    [department(0, 'nobody', 10), department(2, null, 60), department(1, 'contacts', 100)],
    'contacts',
    60,
  ],
  [
    'the deepest, in any order of the list',
    limits(null, null),
    [department(2, 'contacts', 60), department(0, 'anybody', 900)],
    'contacts',
    60,
  ],
  [
    'equal depth: the largest',
    limits(null, null),
    [department(2, 'colleagues', 30), department(2, 'contacts', 90), department(2, 'nobody', 60)],
    'contacts',
    90,
  ],
  ['a limit of zero is a limit', limits(null, 0), [department(2, null, 30)], 'anybody', 0],
]

describe('limits', () => {
  test.for(rows)('%s', ([_given, own, departments, mayCall, minutes]) => {
    expect(resolveLimits(own, departments)).toEqual(limits(mayCall, minutes))
  })
})
