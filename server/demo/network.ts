import type { CarrierStore, Trunk } from '#carriers'
import { computedId, type CarrierId } from '#kernel'
import { done } from './sure.ts'

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

/** Writes down where the simulated trunks are now; whatever else an operator changed of them stays. */
export async function moveSimulatedTrunks(store: CarrierStore, carrier: SimulatedCarrier): Promise<void> {
  for (const { id, host, port, auth } of simulatedTrunks(CARRIER_ID, carrier)) {
    const known = await store.lockTrunk(id)
    if (known !== undefined) done(await store.changeTrunk({ ...known, host, port, auth }))
  }
}
