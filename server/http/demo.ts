import { demoAccount, demoNumber, handset, handsetRequest, listOf } from '@tandem/contract'
import type { E164 } from '#kernel'
import { isAnybody } from './access.ts'
import { refuseOtherOrigin } from './authentication.ts'
import type { Parts } from './parts.ts'
import { ProblemAnswer } from './problem.ts'
import { routesOf, type App } from './routes.ts'
import { answers } from './wire.ts'

const tags = ['demo']

/** The simulated network's pages are open to everybody: the demo listens on loopback only. */
export const demoRoutes = routesOf(listAccounts, listNumbers, becomeHandset)

function listAccounts(app: App, parts: Parts): void {
  app.get(
    '/api/demo/accounts',
    {
      schema: { tags, summary: 'Whom one may sign in as', security: [], response: answers(200, listOf(demoAccount)) },
      config: { access: isAnybody },
    },
    async () => ({
      items: demoOf(parts)
        .accounts()
        .map((account) => ({ ...account })),
    }),
  )
}

function listNumbers(app: App, parts: Parts): void {
  app.get(
    '/api/demo/numbers',
    {
      schema: {
        tags,
        summary: 'Numbers of the simulated network',
        security: [],
        response: answers(200, listOf(demoNumber)),
      },
      config: { access: isAnybody },
    },
    async () => ({ items: (await demoOf(parts).numbers()).map((number) => ({ ...number })) }),
  )
}

function becomeHandset(app: App, parts: Parts): void {
  app.post(
    '/api/demo/handsets',
    {
      schema: {
        tags,
        summary: 'Become a phone of the simulated network',
        security: [],
        body: handsetRequest,
        response: answers(201, handset),
      },
      config: { access: isAnybody },
    },
    async (request, reply) => {
      const { addHandset } = demoOf(parts)
      refuseOtherOrigin(request, parts.settings.publicUrl)
      const number = request.body.number as E164
      // The carrier finds a handset by its digits.
      const sipUser = number.slice(1)
      const sipPassword = parts.sipAccess.handsetPassword(number)
      await addHandset({ number, user: { sipUser, sipPassword } })
      const ticket = parts.sipAccess.ticket({ to: 'carrier', sipUser, memberId: null, at: parts.clock.now() })
      return reply.code(201).send({ number, sipUser, sipPassword, ticket })
    },
  )
}

function demoOf({ demo }: Parts): NonNullable<Parts['demo']> {
  if (demo === null) throw new ProblemAnswer('demo-only')
  return demo
}
