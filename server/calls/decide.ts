import type { Instant } from '#kernel'
import { asked, ofParty } from './direct.ts'
import { ending } from './ending.ts'
import { unchanged, type Decision, type Input } from './machine.ts'
import { withLegEnded, type PartyInput } from './party.ts'
import { partyOfChannel, withParty, type Room } from './room.ts'

/** The whole life of a room: what is so, what happened, when → what is so now, and what is to be done. */
export function decide(room: Room, input: Input, now: Instant): Decision {
  if (room.call.state.name === 'ended') return late(room, input)
  if (room.ending !== null) return ending(room, input, now)
  return isOfParty(input) ? ofParty(room, input, now) : asked(room, input, now)
}

const isOfParty = (input: Input): input is PartyInput => input.kind.startsWith('leg-')

/** The call is over. The end of a leg that none was waited for is written down. */
function late(room: Room, input: Input): Decision {
  if (input.kind !== 'leg-ended') return unchanged(room)
  const party = partyOfChannel(room, input.channelId)
  return unchanged(party === undefined ? room : withParty(room, withLegEnded(party, input.channelId, input.end)))
}
