import type { Instant } from '#kernel'
import * as direct from './direct.ts'
import { ending } from './ending.ts'
import { unchanged, type Decision, type Input } from './machine.ts'
import * as network from './network.ts'
import { decideParty, withLegEnded, type PartyInput } from './party.ts'
import { commanded, heard, type Command, type Policy } from './policy.ts'
import { contextOf, partyOf, partyOfChannel, withParty, type Room } from './room.ts'

const POLICIES: { readonly [kind in Room['call']['terms']['kind']]: Policy } = { business: direct, network }

/** The whole life of a room: what is so, what happened, when → what is so now, and what is to be done. */
export function decide(room: Room, input: Input, now: Instant): Decision {
  if (room.call.state.name === 'ended') return late(room, input)
  if (room.ending !== null) return ending(room, input, now)
  if (isOfParty(input)) return ofParty(room, input, now)
  return isCommand(input) ? commanded(room, input, now) : POLICIES[room.call.terms.kind].asked(room, input, now)
}

const COMMANDS: ReadonlySet<Input['kind']> = new Set<Command['kind']>([
  'hangup-asked',
  'hold-asked',
  'resume-asked',
  'digits-asked',
])

const isCommand = (input: Input): input is Command => COMMANDS.has(input.kind)

const isOfParty = (input: Input): input is PartyInput => input.kind.startsWith('leg-')

/** What became of a party's connections, and what the room makes of it. Of nobody's channel: nothing. */
export function ofParty(room: Room, input: PartyInput, now: Instant): Decision {
  const party = input.kind === 'leg-arrived' ? partyOf(room, input.partyId) : partyOfChannel(room, input.channelId)
  if (party === undefined) return unchanged(room)
  const { told } = POLICIES[room.call.terms.kind]
  return heard(room, decideParty(party, input, contextOf(room, now)), { told, now })
}

/** The call is over. The end of a leg that none was waited for is written down. */
function late(room: Room, input: Input): Decision {
  if (input.kind !== 'leg-ended') return unchanged(room)
  const party = partyOfChannel(room, input.channelId)
  return unchanged(party === undefined ? room : withParty(room, withLegEnded(party, input.channelId, input.end)))
}
