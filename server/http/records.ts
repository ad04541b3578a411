import { pageOf, record, recordFilter, type WireRecord } from '@tandem/contract'
import type { CarrierId, CountryCode, TrunkId } from '#kernel'
import type { CallRecord } from '#records'
import { mayReadRecords } from './access.ts'
import { pageAsked, pageToWire, RECORDS } from './cursor.ts'
import type { Parts } from './parts.ts'
import { dialledAsSeen, peopleFor, readerOf, type Called, type People } from './people.ts'
import { parseDialled } from './dialled.ts'
import { routesOf, type App } from './routes.ts'
import { idOf, memberAsked, organizationOf } from './scope.ts'
import { answers, instantOrNull, timestampOf, timestampOrNull } from './wire.ts'

const tags = ['records']

export const recordRoutes = routesOf(listRecords)

function listRecords(app: App, parts: Parts): void {
  app.get(
    '/api/records',
    {
      schema: {
        tags,
        summary: "Call records, newest first; a member's own, the administrator's all",
        querystring: recordFilter,
        response: answers(200, pageOf(record)),
      },
      config: { access: mayReadRecords },
    },
    async (request) => {
      const { query } = request
      const organizationId = organizationOf(request, query.organizationId)
      const [records, network, organization] = await Promise.all([
        parts.stores.records.list({
          organizationId,
          callId: query.callId === undefined ? null : idOf<'call'>(query.callId),
          memberId: memberAsked(request, query.memberId),
          endReason: query.endReason ?? null,
          isAnswered: query.answered ?? null,
          number: query.number ?? null,
          text: query.text ?? null,
          reader: readerOf(request),
          from: instantOrNull(query.from),
          until: instantOrNull(query.until),
          page: pageAsked(RECORDS, query),
        }),
        networkNames(parts),
        parts.stores.directory.organization(organizationId),
      ])
      const country = organization?.country ?? ''
      const called = records.map((one) => calledBy(one, country))
      const memberIds = records.map(({ memberId }) => memberId)
      const names = { people: await peopleFor(request, parts, { organizationId, memberIds, called }), network, country }
      return pageToWire(RECORDS, records, {
        limit: query.limit,
        cursorOf: (one) => ({ key: one.placedAt, id: one.id }),
        toWire: (one) => recordToWire(one, names),
      })
    },
  )
}

type NetworkNames = {
  readonly trunk: (id: TrunkId | null) => string | null
  readonly carrier: (id: CarrierId | null) => string | null
}

async function networkNames({ stores }: Parts): Promise<NetworkNames> {
  const [trunks, carriers] = await Promise.all([stores.carriers.trunks(), stores.carriers.carriers()])
  return {
    trunk: (id) => trunks.find((one) => one.id === id)?.name ?? null,
    carrier: (id) => carriers.find((one) => one.id === id)?.name ?? null,
  }
}

type Names = { readonly people: People; readonly network: NetworkNames; readonly country: CountryCode }

const calledBy = (one: CallRecord, country: CountryCode): Called => ({
  number: parseDialled(one.dialled, country),
  dialled: one.dialled,
  calleeId: one.calleeId,
  isByNumber: one.isByNumber,
})

function recordToWire(one: CallRecord, { people, network, country }: Names): WireRecord {
  const callee = people.calleeOf(calledBy(one, country))
  return {
    id: one.id,
    supersedes: one.supersedes,
    callId: one.callId,
    memberId: one.memberId,
    memberName: people.nameOf(one.memberId),
    kind: one.kind,
    mode: one.mode,
    path: one.path,
    callerNumber: one.callerId,
    dialled: one.dialled === '' ? '' : dialledAsSeen(one.dialled, callee),
    calleeName: callee.name,
    calleeId: callee.memberId,
    placedAt: timestampOf(one.placedAt),
    answeredAt: timestampOrNull(one.answeredAt),
    endedAt: timestampOf(one.endedAt),
    endReason: one.endReason,
    ratedMs: one.ratedMs,
    overrunMs: one.overrunMs,
    planVersionId: one.planVersionId,
    legs: one.legs.map((leg) => ({
      legId: leg.legId,
      kind: leg.kind,
      trunkId: leg.trunkId,
      trunkName: network.trunk(leg.trunkId),
      carrierName: network.carrier(leg.carrierId),
      startedAt: timestampOf(leg.startedAt),
      answeredAt: timestampOrNull(leg.answeredAt),
      endedAt: timestampOf(leg.endedAt),
      sipStatus: leg.sipStatus,
      q850Cause: leg.q850Cause,
    })),
    draws: one.draws.map(({ legId, poolId, bucket, usedMs, ledgerSeqs }) => ({
      legId,
      poolId,
      bucket,
      usedMs,
      ledgerSeqs: [...ledgerSeqs],
    })),
  }
}
