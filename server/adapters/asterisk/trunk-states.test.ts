import { expect, test } from 'vitest'
import type { Registration } from '#calls'
import { newId } from '#kernel'
import { TrunkStates } from './trunk-states.ts'

const trunkId = newId<'trunk'>()

type Heard = { readonly contact?: string; readonly registration?: Registration }
const rows: readonly (readonly [given: string, heard: readonly Heard[], told: readonly string[]])[] = [
  ['it answers OPTIONS', [{ contact: 'Reachable' }], ['up none']],
  ['it does not', [{ contact: 'Unreachable' }], ['down none']],
  ['it is not asked', [{ contact: 'NonQualified' }], ['unknown none']],
  ['it says the same twice', [{ contact: 'Reachable' }, { contact: 'Reachable' }], ['up none']],
  ['it goes', [{ contact: 'Reachable' }, { contact: 'Unreachable' }], ['up none', 'down none']],
  ['it refuses our REGISTER', [{ contact: 'Reachable' }, { registration: 'rejected' }], ['up none', 'down rejected']],
  ['it answers no REGISTER', [{ registration: 'unregistered' }], ['down unregistered']],
  ['it is registered at and not asked', [{ registration: 'registered' }], ['up registered']],
  [
    'it is registered at and gone',
    [{ registration: 'registered' }, { contact: 'Unreachable' }],
    ['up registered', 'down registered'],
  ],
  [
    'it registers no more',
    [{ contact: 'Reachable' }, { registration: 'rejected' }, { registration: 'none' }],
    ['up none', 'down rejected', 'up none'],
  ],
  ['nobody knows the word', [{ contact: 'Created' }], []],
]
test.for(rows)('a trunk when %s', ([, heard, told]) => {
  const events: string[] = []
  const states = new TrunkStates((event) => {
    if (event.kind === 'trunk-reachability') events.push(`${event.state} ${event.registration}`)
  })
  for (const { contact, registration } of heard) {
    if (contact !== undefined) states.contact(trunkId, contact)
    if (registration !== undefined)
      states.registrations(registration === 'none' ? new Map() : new Map([[trunkId, registration]]))
  }
  expect(events).toEqual(told)
})

test('a browser is no trunk', () => {
  const states = new TrunkStates(() => {
    throw new Error('told')
  })
  states.contact('u-0123456789', 'Reachable')
})
