import { z } from 'zod'
import { e164, id, name } from './basics.ts'

const zone = z.string().min(1).max(60).describe('IANA time zone; its days and months count')
const country = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .describe('ISO 3166-1 alpha-2; its number plan and emergency numbers count')
const jurisdiction = z.enum(['cn', 'none']).describe('Whose rules about licences judge its calls; *none*: nobody’s')
const verification = z.enum(['unverified', 'verified']).describe('Whether the operator has seen who it is')
const standing = z.enum(['active', 'suspended']).describe('The members of a suspended organization call nobody')

const code = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(32)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .describe(
    'Lower-case Latin letters, digits and single hyphens; unique in the installation and never changed. The logins that ' +
      'administrators give end with `@` and it',
  )

export const newOrganization = z
  .strictObject({
    name: name.describe('As its members see it'),
    zone,
    country,
    jurisdiction,
    verification: verification.default('unverified'),
    code: code.optional().describe('Left out: made from the name. Lower-case Latin letters, digits and single hyphens'),
  })
  .meta({ examples: [{ name: 'Heron Logistics', zone: 'Asia/Shanghai', country: 'CN', jurisdiction: 'cn' }] })
export const organization = newOrganization.strip().extend({
  id: id.describe('Of the organization'),
  code,
  verification,
  standing,
})
export type WireOrganization = z.infer<typeof organization>

/** What is left out stays as it is. An administrator changes `name` and `defaultNumber`; the operator all of it. */
export const organizationChange = z
  .strictObject({
    name: name.describe('As its members see it'),
    defaultNumber: e164.describe('The caller id that is shown from now on: one of the organization’s numbers (E.164)'),
    zone: zone.describe('Operator only. Months that have begun end as they would have'),
    country: country.describe('Operator only'),
    jurisdiction: jurisdiction.describe('Operator only'),
    verification: verification.describe('Operator only'),
    standing: standing.describe('Operator only'),
  })
  .partial()
  .meta({ examples: [{ defaultNumber: '+865925550100' }] })
