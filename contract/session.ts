import { z } from 'zod'
import { id, name, timestamp } from './basics.ts'
import { language } from './members.ts'

export const signIn = z.object({
  login: z.string().trim().min(1).max(120),
  password: z.string().min(1).max(200),
  /** `true`: the answer has the session's token, for programs that send `Authorization: Bearer`; no cookie is set. */
  token: z.boolean().optional(),
})
export type SignIn = z.infer<typeof signIn>

/** Who is signed in; `GET /api/session` gives it, `POST` makes it, `DELETE` ends it. */
export const session = z.object({
  memberId: id,
  name,
  role: z.enum(['member', 'administrator']),
  organization: z.object({ id, name, zone: z.string(), country: z.string() }),
  isDemo: z.boolean(),
  /** As he chose it; `null`: the browser's. */
  language: language.nullable(),
})
/** `token` only when it was asked for. */
export const newSession = session.extend({ token: z.string().optional() })
export type WireSession = z.infer<typeof session>

/** Keys of who runs this installation: `Authorization: Bearer tdm_…`. */
export const newOperatorKey = z.object({ name })
export const operatorKey = z.object({
  id,
  name,
  /** The public part, to recognise it by. */
  prefix: z.string(),
  createdAt: timestamp,
  revokedAt: timestamp.nullable(),
})
/** `key` is told once. */
export const createdOperatorKey = operatorKey.extend({ key: z.string() })
