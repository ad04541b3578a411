import type { CarrierStore, Trunk } from '#carriers'
import { computedId, type CarrierId } from '#kernel'

/** Where the simulated carrier listens now; its port is chosen anew at each start. */
export type SimulatedCarrier = {
  readonly sipHost: string
  readonly sipPort: number
  readonly digest: { readonly username: string; readonly password: string }
}

const NAMESPACE = 'b6c1f0de-5d0b-4c5e-9f1a-6c8c0e6d5a01'
export const CARRIER_ID = computedId<'carrier'>(NAMESPACE, 'carrier')
const DIGEST_TRUNK_ID = computedId<'trunk'>(NAMESPACE, 'trunk:digest')
const ADDRESS_TRUNK_ID = computedId<'trunk'>(NAMESPACE, 'trunk:address')

/** The two usual ways to connect: by user name and password, and by address. */
export function simulatedTrunks(
  carrierId: CarrierId,
  { sipHost, sipPort, digest }: SimulatedCarrier,
): readonly Trunk[] {
  const usual = {
    carrierId,
    host: sipHost,
    port: sipPort,
    transport: 'udp',
    zones: [],
    numberFormat: 'e164',
    callerIdFormat: 'e164',
    fromDomain: null,
    outboundProxy: null,
    qualifyIntervalS: 10,
    failsOverOnTimeout: true,
    standing: 'active',
  } as const
  return [
    {
      ...usual,
      id: DIGEST_TRUNK_ID,
      name: 'Simulated, by password',
      auth: { kind: 'digest', ...digest },
      registers: true,
      fromUser: digest.username,
      priority: 10,
    },
    {
      ...usual,
      id: ADDRESS_TRUNK_ID,
      name: 'Simulated, by address',
      auth: { kind: 'ip' },
      registers: false,
      fromUser: null,
      priority: 20,
    },
  ]
}

/** The store with the simulated trunks where they are now, and not where they were when they were written down. */
export function withSimulatedTrunks(store: CarrierStore, carrier: SimulatedCarrier): CarrierStore {
  const current = new Map(simulatedTrunks(CARRIER_ID, carrier).map((trunk) => [trunk.id, trunk]))
  return { ...store, trunks: async () => (await store.trunks()).map((trunk) => current.get(trunk.id) ?? trunk) }
}
