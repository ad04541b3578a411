import { z } from 'zod'
import { id, name, timestamp } from './basics.ts'
import { doNotDisturb, language } from './members.ts'

export const signIn = z
  .strictObject({
    login: z.string().trim().min(1).max(200).describe('In any case of letters'),
    password: z.string().min(1).max(200).describe('The password of this login'),
    token: z
      .boolean()
      .optional()
      .describe(
        '`true`: the answer has the session’s token, for programs that send `Authorization: Bearer`; no cookie is set',
      ),
  })
  .meta({ examples: [{ login: 'ann', password: 'a long password' }] })
export type SignIn = z.infer<typeof signIn>

/** Who is signed in; `GET /api/session` gives it, `POST` makes it, `DELETE` ends it. */
export const session = z.object({
  memberId: id.describe('Who is signed in'),
  name: name.describe('As colleagues see it'),
  role: z.enum(['member', 'administrator']).describe('An administrator looks after his organization'),
  organization: z
    .object({
      id: id.describe('Of the organization'),
      name: name.describe('As its members see it'),
      code: z.string().describe('What the logins that its administrators give end with, after `@`'),
      zone: z.string().describe('IANA time zone'),
      country: z.string().describe('ISO 3166-1 alpha-2'),
      emergency: z
        .object({
          numbers: z.array(z.string()).describe('Of the country, and those that every phone knows'),
          callingCode: z.string().nullable().describe('Of the country, digits without `+`; `null`: none is known'),
          internationalPrefix: z.string().describe('A pattern of all that is dialled before a foreign number'),
        })
        .describe('For a softphone that the server is away from: these are handed to the native dialler at once'),
    })
    .describe('The one that he belongs to'),
  barredBy: z
    .enum(['organization-suspended', 'member-suspended', 'caller-barred'])
    .nullable()
    .describe('The code by which every call of his to a phone would be refused now; `null`: none'),
  isDemo: z.boolean().describe('This installation has only the simulated network'),
  language: language.nullable().describe('As he chose it; `null`: the browser’s'),
  doNotDisturb,
})
/** `token` only when it was asked for. */
export const newSession = session.extend({
  token: z.string().optional().describe('Only when it was asked for; told once'),
})
export type WireSession = z.infer<typeof session>

/** Keys of who runs this installation: `Authorization: Bearer tdm_…`. */
export const newOperatorKey = z
  .strictObject({ name: name.describe('To recognise it by') })
  .meta({ examples: [{ name: 'Billing' }] })
export const operatorKey = z.object({
  id: id.describe('Of the key'),
  name: name.describe('To recognise it by'),
  prefix: z.string().describe('The public part, to recognise it by'),
  createdAt: timestamp.describe('When it was made'),
  revokedAt: timestamp.nullable().describe('When it was revoked; `null`: it is good'),
})
/** `key` is told once. */
export const createdOperatorKey = operatorKey.extend({ key: z.string().describe('The key itself; told once') })
