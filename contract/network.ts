import { z } from 'zod'
import { day, e164, id, name, timestamp, EXAMPLE_ID } from './basics.ts'

/**
 * A name whose last label is a number is an address written some other way (`127.1`, `2130706433`, `0x7f.0.0.1`), which
 * each program reads as it likes (WHATWG URL, "ends in a number"): only four decimal parts are one, and `0.0.0.0` is none.
 */
const isOneHost = (text: string): boolean =>
  !/(^|\.)(0x[\da-f]*|\d+)\.?$/i.test(text) || (z.ipv4().safeParse(text).success && text !== '0.0.0.0')

/** A name or IPv4 address (RFC 1123), without port or mask: whoever comes from it is taken for the carrier. */
const host = z.hostname().max(253).refine(isOneHost, 'neither a host name nor an IPv4 address')
/** RFC 3261, `user` without what would have to be escaped. */
const sipUser = z
  .string()
  .max(64)
  .regex(/^[\w.!~*'()&=+$,?/-]+$/)
/** Stands between quotes in SIP's headers (RFC 3261, 25.1). */
const digestUser = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}"\\]+$/u)
const digestPassword = z
  .string()
  .max(128)
  .regex(/^\P{Cc}+$/u)

/** With or without a port. */
const hostAndPort = z
  .string()
  .max(259)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[1-9]\d{0,4})?$/)
const numberFormat = z.enum(['e164', 'e164-without-plus', 'national'])

export const newCarrier = z
  .strictObject({
    name: name.describe('Unique in the installation'),
  })
  .meta({ examples: [{ name: 'Example Telecom' }] })
export const carrier = newCarrier.strip().extend({
  id: id.describe('Of the carrier'),
})

const byAddress = z.strictObject({ kind: z.literal('ip').describe('By our address') })
const byDigest = z.strictObject({
  kind: z.literal('digest').describe('By name and password'),
  username: digestUser.describe('As the carrier knows us'),
  password: digestPassword.describe('Never told again'),
})

const trunkFields = {
  name: name.describe('Unique in the installation'),
  host: host.describe('Host name or IPv4 address; whoever comes from it is taken for the carrier'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .nullable()
    .describe('Of the carrier’s SIP server; `null`: what DNS says of the host (NAPTR and SRV), else 5060'),
  transport: z.enum(['udp', 'tcp']).describe('Of SIP'),
  registers: z.boolean().describe('Whether the carrier wants REGISTER; with `digest` only'),
  numberFormat: numberFormat.describe('How the called number is written in requests'),
  callerIdFormat: numberFormat.describe('How the caller id is written in From and P-Asserted-Identity'),
  fromUser: sipUser.nullable().describe('User of the From header; `null`: the caller id'),
  fromDomain: host.nullable().describe('Host of the From header; `null`: our own address'),
  outboundProxy: hostAndPort
    .nullable()
    .describe('`host` or `host:port` that every request is sent to instead of `host`; `null`: none'),
  qualifyIntervalS: z
    .union([z.literal(0), z.int().min(2).max(3600)])
    .describe('Seconds between two OPTIONS that ask whether it lives; 0: it is not asked, its state stays unknown'),
  zones: z.array(z.enum(['domestic', 'international'])).describe('Destinations that it takes; empty: all'),
  priority: z.int().min(0).max(1000).describe('Lower is tried first'),
  failsOverOnTimeout: z.boolean().describe('Whether the next trunk is tried after 408 or 480'),
}

export const newTrunk = z
  .strictObject({
    carrierId: id.describe('Whose trunk it is'),
    ...trunkFields,
    auth: z.discriminatedUnion('kind', [byDigest, byAddress]).describe('How we are known to the carrier'),
    port: trunkFields.port.default(5060),
    transport: trunkFields.transport.default('udp'),
    registers: trunkFields.registers.default(false),
    numberFormat: trunkFields.numberFormat.default('e164'),
    callerIdFormat: trunkFields.callerIdFormat.default('e164'),
    fromUser: trunkFields.fromUser.default(null),
    fromDomain: trunkFields.fromDomain.default(null),
    outboundProxy: trunkFields.outboundProxy.default(null),
    qualifyIntervalS: trunkFields.qualifyIntervalS.default(10),
    zones: trunkFields.zones.default([]),
    priority: trunkFields.priority.default(100),
    failsOverOnTimeout: trunkFields.failsOverOnTimeout.default(true),
  })
  .meta({ examples: [{ carrierId: EXAMPLE_ID, name: 'main', host: 'sip.carrier.example', auth: { kind: 'ip' } }] })

const trunkStanding = z.enum(['active', 'suspended']).describe('A suspended one carries no new call')

/** What is left out stays as it is; so does the password of `auth`, if it has one. */
export const changedTrunk = z
  .strictObject({
    ...trunkFields,
    standing: trunkStanding,
    auth: z
      .discriminatedUnion('kind', [byDigest.partial({ password: true }), byAddress])
      .describe('How we are known to the carrier; a password that is left out stays'),
  })
  .partial()
  .meta({ examples: [{ standing: 'suspended' }] })

export const trunk = newTrunk
  .strip()
  .omit({
    auth: true,
  })
  .extend({
    id: id.describe('Of the trunk'),
    auth: z
      .object({
        kind: z.enum(['digest', 'ip']).describe('By name and password, or by our address'),
        username: z.string().optional().describe('As the carrier knows us'),
      })
      .describe('How we are known to the carrier; the password is never told'),
    standing: trunkStanding,
    reachability: z
      .enum(['up', 'down', 'unknown'])
      .describe('As last heard from the engine; one that is to register and has not is down'),
    registration: z
      .enum(['none', 'registered', 'unregistered', 'rejected'])
      .describe('Whether the carrier took our REGISTER; `none`: it does not register'),
    configuration: z
      .enum(['whole', 'partial', 'missing'])
      .describe('How much of it the engine has taken; what is missing is tried again until it is whole'),
  })
export type WireTrunk = z.infer<typeof trunk>

export const newNumber = z
  .strictObject({
    organizationId: id.describe('Who may show it'),
    number: e164.describe('E.164'),
    proof: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .describe('What proves the right of use: a contract’s or certificate’s reference'),
    validFrom: timestamp.describe('Inclusive'),
    validUntil: timestamp.nullable().default(null).describe('Exclusive; `null`: without end'),
    isDefault: z.boolean().default(true).describe('Shown from now on, in place of the one before'),
  })
  .meta({
    examples: [
      {
        organizationId: EXAMPLE_ID,
        number: '+862161234567',
        proof: 'contract 17',
        validFrom: '2026-01-01T00:00:00.000Z',
      },
    ],
  })
export const number = newNumber.strip()

export const newLicence = z
  .strictObject({
    kind: z
      .enum(['voice', 'ip-telephony', 'multi-party', 'information', 'international-voice'])
      .describe('Class of service in the authority’s catalogue'),
    number: z.string().trim().min(1).max(120).describe('As the authority wrote it'),
    holder: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('operator').describe('Who runs this installation: the provider of the law') }),
        z.strictObject({
          kind: z.literal('carrier').describe('A carrier that calls go out by'),
          carrierId: id.describe('Which carrier'),
        }),
      ])
      .describe('Who has it; whose licence suffices depends on the call'),
    jurisdiction: z.literal('cn').default('cn').describe('The authority’s country'),
    validFrom: day.describe('Inclusive'),
    validUntil: day.describe('Inclusive'),
    agreement: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('Reference of the written agreement with the carrier; `null`: none'),
  })
  .meta({
    examples: [
      {
        kind: 'ip-telephony',
        number: 'A2.B1-2026',
        holder: { kind: 'operator' },
        validFrom: '2026-01-01',
        validUntil: '2030-12-31',
      },
    ],
  })
export const licence = newLicence.strip().extend({
  id: id.describe('Of the licence'),
  number: newLicence.shape.number.nullable().describe('As the authority wrote it; `null`: not for the reader'),
})

/** What an administrator may know of the operator's network. */
export const networkState = z.object({
  isReachable: z.boolean().describe('The engine runs, and a trunk that is in use is not known to be down'),
})
