import { expect, test } from 'vitest'
import { routeLegId } from './leg.ts'
import { legsOf } from './room.ts'
import { after, arrived, at, calleeEnds, callerEnds, endOf, sampleCall } from './sample-call.ts'

test('a caller who hangs up while the next route is dialled in vain: that leg is not waited for', () => {
  const placed = sampleCall()
  const channelId = routeLegId(placed.call.id, 1)
  const { room, effects } = after(
    placed,
    [0, arrived],
    [200, calleeEnds(endOf(200, { q850Cause: 34, sipStatus: 503 }))],
    [205, callerEnds(endOf(205))],
    [210, { kind: 'leg-impossible', channelId }],
  )
  expect(room.call.state).toEqual({ name: 'ended', answeredAt: null, endedAt: at(210), reason: 'cancelled' })
  expect(legsOf(room).at(-1)).toMatchObject({ channelId, endedAt: at(210), q850Cause: 34 })
  expect(effects).toContainEqual({ kind: 'close' })
})
