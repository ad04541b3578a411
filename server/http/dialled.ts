import { dialled as wireDialled, dialledQuery, type WireDialled } from '@tandem/contract'
import { destinationOf, emergencyNumber, extensionIn, keysAfterAnswer, type Destination } from '#carriers'
import type { Member } from '#directory'
import { parsePhoneNumber, type CountryCode, type E164 } from '#kernel'
import type { FastifyRequest } from 'fastify'
import { mayPlaceCalls } from './access.ts'
import type { Parts } from './parts.ts'
import { peopleFor, phoneAsSeen, visibleMemberOf } from './people.ts'
import { ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { memberOf } from './scope.ts'
import { answers } from './wire.ts'

/** The number behind what a record names; `null` for service codes. */
export const parseDialled = (dialled: string, country: CountryCode): E164 | null =>
  parsePhoneNumber(dialled, country)?.e164 ?? null

/** What somebody typed, as the dialler reads it: for placing a call, for showing it before, and for saving a contact. */
export type Dialled =
  | { readonly kind: 'emergency'; readonly digits: string }
  | { readonly kind: 'colleague'; readonly extension: string; readonly colleague: Member & { readonly phone: E164 } }
  | { readonly kind: 'destination'; readonly destination: Destination; readonly keys: string | null }

/** Emergency numbers first, then service codes, then extensions of colleagues whom the caller may see, then numbers. */
export async function readDialled(request: FastifyRequest, parts: Parts, typed: string): Promise<Dialled> {
  const { organizationId, country } = memberOf(request)
  const digits = emergencyNumber(typed, country)
  if (digits !== undefined) return { kind: 'emergency', digits }
  const extension = extensionIn(typed, country)
  if (extension !== null) {
    const named = await parts.stores.directory.memberWithExtension(organizationId, extension)
    const colleague = named && (await visibleMemberOf(request, parts, { organizationId, id: named.id }))
    if (colleague !== undefined && colleague.phone !== null) {
      return { kind: 'colleague', extension, colleague: { ...colleague, phone: colleague.phone } }
    }
  }
  return { kind: 'destination', destination: destinationOf(typed, country), keys: keysAfterAnswer(typed) }
}

export const dialledRoutes = routesOf(tellDialled)

function tellDialled(app: App, parts: Parts): void {
  app.get(
    '/api/dialled',
    {
      schema: {
        tags: ['calls'],
        summary: 'What a typed text would dial; nothing is called',
        querystring: dialledQuery,
        response: answers(200, wireDialled),
      },
      config: { access: mayPlaceCalls },
    },
    async (request) => dialledToWire(request, parts, await readDialled(request, parts, request.query.text)),
  )
}

async function dialledToWire(request: FastifyRequest, parts: Parts, read: Dialled): Promise<WireDialled> {
  const nobody = { number: null, keys: null, name: null }
  if (read.kind === 'emergency') return { ...nobody, kind: 'emergency', number: read.digits }
  if (read.kind === 'colleague') {
    return { ...nobody, kind: 'extension', number: phoneAsSeen(request, read.colleague), name: read.colleague.name }
  }
  const { destination, keys } = read
  if (!isDiallable(destination)) return { ...nobody, kind: destination.kind }
  const number = targetOf(destination)
  const called = { number, dialled: number, calleeId: null, isByNumber: true }
  const people = await peopleFor(request, parts, { organizationId: memberOf(request).organizationId, called: [called] })
  return { kind: destination.kind, number, keys, name: people.calleeOf(called).name }
}

type Diallable = Exclude<Destination, { readonly kind: 'invalid' | 'several' | 'keys-invalid' }>

const isDiallable = (destination: Destination): destination is Diallable =>
  destination.kind !== 'invalid' && destination.kind !== 'several' && destination.kind !== 'keys-invalid'

const targetOf = (destination: Diallable): string =>
  destination.kind === 'service' ? destination.code : destination.number

/** What is kept of a typed text, to be dialled another day. Refused as a call to it would be. */
export async function savedNumberOf(request: FastifyRequest, parts: Parts, typed: string): Promise<string> {
  const read = await readDialled(request, parts, typed)
  if (read.kind === 'emergency') throw new ProblemAnswer('emergency-number', { params: { digits: read.digits } })
  if (read.kind === 'colleague') return read.extension
  const { destination, keys } = read
  if (isDiallable(destination)) return `${targetOf(destination)}${keys ?? ''}`
  throw new ProblemAnswer(UNDIALLABLE[destination.kind], { params: { dialled: typed } })
}

const UNDIALLABLE = { invalid: 'number-invalid', several: 'several-numbers', 'keys-invalid': 'keys-invalid' } as const
