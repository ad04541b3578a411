import { z } from 'zod'
import { durationMs, e164, id, name, pageQuery, textSought, timestamp } from './basics.ts'

/** Languages that Tandem speaks. */
export const language = z.enum(['zh-Hans', 'zh-Hant', 'en']).describe('BCP 47 tag of a language that Tandem speaks')

const mayCall = z
  .enum(['nobody', 'colleagues', 'contacts', 'anybody'])
  .nullable()
  .describe(
    'Whom one may call on the telephone network; *contacts* includes colleagues. `null`: not set here, what the ' +
      'departments say counts; *anybody* when none of them says anything',
  )
const monthlyMs = durationMs
  .nullable()
  .describe(
    'Most rated time on the telephone network in a calendar month of the organization, in ms; 0 = none at all. `null`: ' +
      'not set here, what the departments say counts; no limit when none of them says anything',
  )
export const callLimits = z
  .strictObject({ mayCall, monthlyMs })
  .describe('What is set at this place; a member’s own setting comes before his departments’, the deepest one first')
const limitsChange = z
  .strictObject({ mayCall: mayCall.optional(), monthlyMs: monthlyMs.optional() })
  .describe('What is left out stays as it is')

const minuteOfDay = z.int().min(0).max(1440)
export const workingHours = z
  .strictObject({
    weekdays: z.array(z.int().min(1).max(7)).max(7).describe('ISO weekdays, 1 = Monday, on which a shift begins'),
    fromMinute: minuteOfDay.describe('Minutes since midnight in the organization’s zone, inclusive'),
    untilMinute: minuteOfDay.describe(
      'Exclusive. Before `fromMinute`: a night shift that ends on the next day. Equal to it: never',
    ),
  })
  .describe('When a person may be rung. `null`: at any time')

const login = z
  .string()
  .trim()
  .toLowerCase()
  .min(3)
  .max(120)
  .describe('What the person types to sign in; unique in the installation, kept in lower case')
const password = z.string().min(12).max(200).describe('At least 12 characters, not easy to guess; never told again')
const role = z.enum(['member', 'administrator']).describe('An administrator looks after his organization')
const standing = z
  .enum(['active', 'suspended'])
  .describe('Who is suspended may sign in, and call nobody; what he has open ends at once')
const phone = e164.nullable().describe('The person’s own phone (E.164), by which colleagues call him. `null`: none')
const extension = z
  .string()
  .regex(/^\d{2,6}$/)
  .nullable()
const departmentIds = z.array(id).max(20)
const tags = z.array(z.string().trim().min(1).max(40)).max(20).describe('Free words to group people by')
const isShielded = z.boolean().describe('Executive shield: ordinary members neither see nor can call this person')
const isNumberHidden = z.boolean().describe('Colleagues do not see the number; the person stays callable')

export const newMember = z
  .strictObject({
    organizationId: id.optional().describe('An operator names the organization; for an administrator it is his own'),
    name: name.describe('As colleagues see it'),
    login: login.describe(
      'What the person types to sign in. One that an administrator gives becomes `login@code`, by his organization’s ' +
        'code, if it does not end so; the answer has the whole of it',
    ),
    password: password.optional().describe('Left out: the person can’t sign in until one is set'),
    role: role.default('member'),
    phone: phone.default(null),
    extension: extension
      .default(null)
      .describe(
        '2 to 6 digits, unique in the organization. `null`: given automatically, with 3 digits up to 100 members, 4 up ' +
          'to 1,000, else 5; from 8…, then 9…, then 1…; never an emergency number',
      ),
    departmentIds: departmentIds.default([]).describe('The departments that he belongs to'),
    tags: tags.default([]),
    isShielded: isShielded.default(false),
    isNumberHidden: isNumberHidden.default(false),
    limits: callLimits.default({ mayCall: null, monthlyMs: null }),
    workingHours: workingHours.nullable().default(null).describe('When he may be rung. `null`: at any time'),
  })
  .meta({
    examples: [{ name: 'Chen Li', login: 'chenli', password: 'a long password', phone: '+8613900000001' }],
  })

/** What is left out stays as it is; `null` clears. */
export const memberChange = z
  .strictObject({
    name: name.describe('As colleagues see it'),
    login: login.describe('As of a new member; the one that he has may be named as it is'),
    role,
    standing,
    phone,
    extension: extension.describe('2 to 6 digits, unique in the organization. `null`: none'),
    departmentIds: departmentIds.describe('All the departments that he belongs to from now on'),
    tags,
    isShielded,
    isNumberHidden,
    limits: limitsChange,
    workingHours: workingHours.nullable().describe('When he may be rung. `null`: at any time'),
  })
  .partial()
  .meta({ examples: [{ standing: 'suspended' }, { limits: { monthlyMs: 18_000_000 }, extension: null }] })
export type WireMemberChange = z.infer<typeof memberChange>

export const newPassword = z.strictObject({ password }).meta({ examples: [{ password: 'a new long password' }] })

export const member = z.object({
  id: id.describe('Of the member'),
  organizationId: id.describe('The organization that he belongs to'),
  name: z.string().describe('As colleagues see it'),
  login: z.string().describe('What the person types to sign in'),
  role,
  standing,
  phone: e164.nullable().describe('E.164. `null` also when the number is hidden from the reader'),
  isCallable: z.boolean().describe('There is a phone to call, though its number may be hidden'),
  extension: z.string().nullable().describe('Short number within the organization; `null`: none'),
  departments: z.array(z.string()).describe('Names of the departments that he belongs to'),
  departmentIds: z.array(id).describe('Ids of the same departments'),
  tags: z.array(z.string()).describe('Free words to group people by'),
  isShielded,
  isNumberHidden,
  limits: callLimits.describe('His own. Nothing set, for who is neither himself nor in charge'),
  workingHours: workingHours.nullable().describe('When he may be rung. `null`: at any time, or not for the reader'),
})
export type WireMember = z.infer<typeof member>

export const memberFilter = pageQuery.extend({
  text: textSought
    .optional()
    .describe(
      "Part of a name, login, extension, tag, department's name, or of a phone that the reader may see; in any case.",
    ),
  departmentId: id.optional().describe('Members of this very department, not of those below it.'),
  role: role.optional(),
  standing: standing.optional(),
})

const typedNumber = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .describe('As typed: all that `POST /api/calls` takes, and nothing else')

export const contactFilter = z.object({
  text: textSought.optional().describe('Part of the name, also as it is read in Chinese, or of the number'),
})

export const newContact = z
  .strictObject({ name: name.describe('As the member calls him'), number: typedNumber })
  .meta({ examples: [{ name: 'Mum', number: '+8613800000001' }] })
export const contact = z.object({
  name: name.describe('As the member calls him'),
  number: z
    .string()
    .describe('E.164, a service code or an extension; with the keys for after the answer, such as `,,123#`'),
})
export type WireContact = z.infer<typeof contact>

export const department = z.object({
  id: id.describe('Of the department'),
  parentId: id.nullable().describe('The department that it is part of; `null`: at the top'),
  name: z.string().describe('Unique among the departments beside it'),
  depth: z.int().nonnegative().describe('0 at the top, at most 9'),
  limits: callLimits.describe('For its members, where neither they nor a deeper department say otherwise'),
})
export type WireDepartment = z.infer<typeof department>

export const newDepartment = z
  .strictObject({
    organizationId: id.optional().describe('An operator names the organization; for an administrator it is his own'),
    name: name.describe('Unique among the departments beside it'),
    parentId: id.nullable().default(null).describe('The department that it is part of; `null`: at the top'),
    limits: callLimits.default({ mayCall: null, monthlyMs: null }),
  })
  .meta({ examples: [{ name: 'Drivers', limits: { mayCall: 'anybody', monthlyMs: 18_000_000 } }] })

/** What is left out stays as it is; `null` clears. */
export const departmentChange = z
  .strictObject({
    name: name.describe('Unique among the departments beside it'),
    parentId: id.nullable().describe('Moves it, with all that is below; `null`: to the top'),
    limits: limitsChange,
  })
  .partial()
  .meta({ examples: [{ limits: { monthlyMs: null } }] })

export const doNotDisturb = z
  .strictObject({
    until: timestamp.nullable().describe('Exclusive; `null`: until he switches it off'),
  })
  .nullable()
  .describe('No screen of his rings, and who calls him inside the app is told so. `null`: he may be disturbed')

/** What a member changes about himself. */
export const ownChange = z
  .strictObject({
    language: language.nullable().describe('Of screens and messages. `null`: the browser’s'),
    password: password.describe('Needs `currentPassword`; ends all his other sessions'),
    doNotDisturb,
    currentPassword: z.string().min(1).max(200).describe('The password until now'),
  })
  .partial()
  .meta({
    examples: [
      { language: 'zh-Hant' },
      { doNotDisturb: { until: null } },
      { currentPassword: 'the old password', password: 'a new long password' },
    ],
  })
