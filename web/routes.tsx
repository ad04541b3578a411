import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { isSignedOut, sessionQuery } from '#session'
import { Loading, withTexts } from '#ui'
import { MemberFrame } from './frame.tsx'
import { NotFound, PageFault } from './page-fault.tsx'
import { SignInPage } from './sign-in.tsx'
import { RecordPage } from './softphone/record-page.tsx'
import { SoftphonePage } from './softphone/page.tsx'

type Context = { readonly client: QueryClient }

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageFault,
})

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage })

/** The demo's phone: anybody's. */
const handset = createRoute({
  getParentRoute: () => root,
  path: '/handset',
  component: lazyRouteComponent(() => withTexts('handset', import('./handset/page.tsx')), 'HandsetPage'),
})

/** Everything behind it is a signed-in member's. */
const member = createRoute({
  getParentRoute: () => root,
  id: 'member',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery).catch((error: unknown) => {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { next: location.pathname } as never })
      throw error
    })
    return { session }
  },
  component: MemberFrame,
})

const softphone = createRoute({
  getParentRoute: () => member,
  path: '/',
  component: () => <SoftphonePage session={softphone.useRouteContext().session} />,
})

const record = createRoute({
  getParentRoute: () => member,
  path: '/calls/$id',
  component: () => <RecordPage callId={record.useParams().id} session={record.useRouteContext().session} />,
})

const console = createRoute({
  getParentRoute: () => member,
  path: '/console',
  beforeLoad: ({ context }) => {
    if (context.session.role !== 'administrator') throw redirect({ to: '/' })
  },
  component: lazyRouteComponent(() => withTexts('console', import('./console/frame.tsx')), 'ConsoleFrame'),
})

const pages = () => withTexts('console', import('./console/pages.ts'))
const consolePages = [
  createRoute({
    getParentRoute: () => console,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/console/members' })
    },
  }),
  createRoute({ getParentRoute: () => console, path: '/members', component: lazyRouteComponent(pages, 'MembersPage') }),
  createRoute({ getParentRoute: () => console, path: '/pools', component: lazyRouteComponent(pages, 'PoolsPage') }),
  createRoute({ getParentRoute: () => console, path: '/offer', component: lazyRouteComponent(pages, 'OfferPage') }),
  createRoute({ getParentRoute: () => console, path: '/records', component: lazyRouteComponent(pages, 'RecordsPage') }),
  createRoute({
    getParentRoute: () => console,
    path: '/refusals',
    component: lazyRouteComponent(pages, 'RefusalsPage'),
  }),
] as const

const tree = root.addChildren([
  signIn,
  handset,
  member.addChildren([softphone, record, console.addChildren(consolePages)]),
])

export const createAppRouter = (client: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { client },
    defaultPendingComponent: () => <Loading label="…" />,
    defaultPreload: 'intent',
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
