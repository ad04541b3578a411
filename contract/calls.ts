import { z } from 'zod'
import { e164, EXAMPLE_ID, id, pageQuery, timestamp } from './basics.ts'

export const endReason = z.enum([
  'hangup-caller',
  'hangup-callee',
  'hangup-administrator',
  'cancelled',
  'busy',
  'no-answer',
  'rejected',
  'unreachable',
  'unallocated',
  'network-failure',
  'codec-mismatch',
  'no-route',
  'minutes-exhausted',
  'monthly-limit',
  'longest-call',
  'abandoned',
  'browser-gone',
  'signed-out',
  'engine-failure',
  'internal-fault',
])
export type WireEndReason = z.infer<typeof endReason>

export const callKind = z
  .enum(['business', 'network'])
  .describe('*business*: to a phone; *network*: inside the app, to a colleague’s screens, over the Internet alone')

/** `to`: what was typed, or `memberId` for a colleague (whose number may be hidden). */
export const newCall = z
  .strictObject({
    kind: callKind.default('business'),
    mode: z.literal('direct').default('direct').describe('The app calls directly; the only mode so far'),
    to: z
      .union([
        z.strictObject({
          number: z
            .string()
            .trim()
            .min(1)
            .max(200)
            .describe('As typed: a number, a service code or an extension, with keys for after the answer: `,,123#`'),
        }),
        z.strictObject({ memberId: id.describe('A colleague, whose number may be hidden') }),
      ])
      .describe('Whom to call; *network*: a colleague, or his extension'),
  })
  .meta({
    examples: [{ to: { number: '+8613000000001' } }, { kind: 'network', to: { memberId: EXAMPLE_ID } }],
  })

/** What a typed text would dial. */
export const dialled = z.object({
  kind: z
    .enum(['number', 'service', 'premium', 'satellite', 'extension', 'emergency', 'invalid', 'several', 'keys-invalid'])
    .describe(
      '*service*: a short or non-geographic code of the own country; *emergency*: never carried, call it from a phone; ' +
        '*invalid*, *several* (more than one number) and *keys-invalid*: refused as it is',
    ),
  number: z
    .string()
    .nullable()
    .describe('E.164, a service code or an emergency number. `null`: none, or hidden from the reader'),
  keys: z.string().nullable().describe('Pressed after the answer; a comma is a pause of 2 s. `null`: none'),
  name: z.string().nullable().describe('The colleague or saved contact, as the reader knows him'),
})
export type WireDialled = z.infer<typeof dialled>

export const dialledQuery = z.object({ text: z.string().trim().min(1).max(200).describe('As typed') })

export const callState = z.enum(['placed', 'calling', 'ringing', 'early-media', 'connected', 'ended'])

export const call = z.object({
  id: id.describe('Of the call'),
  memberId: id.describe('Who calls'),
  kind: callKind,
  mode: z.literal('direct').describe('How it is carried'),
  from: z
    .object({
      name: z.string().describe('As colleagues see it; empty: the reader does not know him'),
      memberId: id.describe('Who calls'),
    })
    .describe('Who calls, as the reader may see it'),
  to: z
    .object({
      number: z
        .string()
        .nullable()
        .describe('E.164 or a service code; `null`: hidden from the reader, or called inside the app'),
      name: z.string().nullable().describe('The colleague or saved contact; `null`: nobody known'),
      memberId: id.nullable().describe('The colleague; `null`: none'),
    })
    .describe('Who is called, as the reader may see it'),
  callerNumber: e164.nullable().describe('What the callee sees (E.164); `null`: erased, or called inside the app'),
  state: callState.describe(
    'How far it is; *ended* is final. Of a call inside the app, *calling*: the callee’s screens are told, *ringing*: at least one rings',
  ),
  isOnHold: z.boolean().describe('One of those who talk has put the other on hold'),
  placedAt: timestamp.describe('When it was asked for'),
  answeredAt: timestamp.nullable().describe('When the callee answered; `null` before, or never'),
  endedAt: timestamp.nullable().describe('When it ended; `null` while it lives'),
  endReason: endReason.nullable().describe('Why it ended; `null` while it lives'),
  paidUntil: timestamp
    .nullable()
    .describe(
      'Paid from the answer until here; moves while the call goes on. `null` before the answer, or where nothing is paid',
    ),
  isLastMinute: z.boolean().describe('The pools had nothing more: the call ends at `paidUntil`'),
})
export type WireCall = z.infer<typeof call>

/** How the softphone reaches the call: INVITE `sip:<dial>@tandem` with this user over `/sip?ticket=…` within 20 s. */
export const dialIn = z.object({
  dial: z.string().describe('INVITE `sip:<dial>@tandem`, once'),
  sipUser: z.string().describe('User of the SIP digest'),
  sipPassword: z.string().describe('Password of the SIP digest'),
  ticket: z.string().describe('Opens the WebSocket `/sip?ticket=…`; valid 60 s'),
  inviteBefore: timestamp.describe('The INVITE has to come before; exclusive'),
})
export type WireDialIn = z.infer<typeof dialIn>

export const placedCall = z.object({
  call: call.describe('As it is now'),
  dialIn: dialIn.describe('How the softphone reaches it'),
})

/** What a screen of the callee needs to ring, and to be the one that answers. */
export const ringing = z.object({
  call: call.describe('As it is now'),
  dialIn: dialIn.describe('Dialled to answer: the first screen to dial has the call'),
  ringsUntil: timestamp.describe('Nobody answers any more from then on; exclusive'),
})

export const digits = z
  .strictObject({
    digits: z
      .string()
      .regex(/^[0-9*#A-D]{1,32}$/)
      .describe('1 to 32 of 0–9, *, #, A–D; sent in this order'),
  })
  .meta({ examples: [{ digits: '1#' }] })

export const callFilter = pageQuery.extend({
  live: z.stringbool().default(false).describe('`true`: those that go on.'),
  memberId: id.optional().describe('Who called. A member who is no administrator sees his own only.'),
})
