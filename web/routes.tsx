import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  useMatches,
} from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ApiProblem, demoNumbersQuery, isSignedOut, sessionQuery } from '#session'
import { Loading, usePageTitle, withTexts } from '#ui'
import { MemberFrame } from './frame.tsx'
import { departmentsSearch, membersSearch, poolsSearch, recordsSearch, refusalsSearch } from './console/search.ts'
import { NotFound, PageFault } from './page-fault.tsx'
import { SignInPage } from './sign-in.tsx'
import { RecordPage } from './softphone/record-page.tsx'
import { SoftphonePage } from './softphone/page.tsx'

type Context = { readonly client: QueryClient }

const root = createRootRouteWithContext<Context>()({
  component: Page,
  notFoundComponent: NotFound,
  errorComponent: PageFault,
})

type Title =
  | 'signIn.title'
  | 'nav.phone'
  | 'record.title'
  | 'nav.handset'
  | `console:${'members' | 'departments' | 'pools' | 'offer' | 'organization' | 'records' | 'refusals'}.title`

/** The innermost page names the window: tabs, history and who reads by ear tell them apart. */
function Page() {
  const { t } = useTranslation(['app', 'console'])
  const title = useMatches({ select: (matches) => matches.at(-1)?.staticData.title })
  usePageTitle(title ? t(title) : '')
  return <Outlet />
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  staticData: { title: 'signIn.title' },
  component: SignInPage,
})

/** The demo's phone: anybody's. */
const handset = createRoute({
  getParentRoute: () => root,
  path: '/handset',
  staticData: { title: 'nav.handset' },
  beforeLoad: async ({ context }) => {
    await context.client.ensureQueryData(demoNumbersQuery).catch((error: unknown) => {
      if (error instanceof ApiProblem && error.code === 'demo-only') throw notFound()
      throw error
    })
  },
  component: lazyRouteComponent(() => withTexts('handset', import('./handset/page.tsx')), 'HandsetPage'),
})

/** Everything behind it is a signed-in member's. */
const member = createRoute({
  getParentRoute: () => root,
  id: 'member',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery).catch((error: unknown) => {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { next: location.href } as never })
      throw error
    })
    return { session }
  },
  component: MemberFrame,
})

const softphone = createRoute({
  getParentRoute: () => member,
  path: '/',
  staticData: { title: 'nav.phone' },
  component: () => <SoftphonePage session={softphone.useRouteContext().session} />,
})

const record = createRoute({
  getParentRoute: () => member,
  path: '/calls/$id',
  staticData: { title: 'record.title' },
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
  createRoute({
    getParentRoute: () => console,
    path: '/members',
    validateSearch: membersSearch,
    staticData: { title: 'console:members.title' },
    component: lazyRouteComponent(pages, 'MembersPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/departments',
    validateSearch: departmentsSearch,
    staticData: { title: 'console:departments.title' },
    component: lazyRouteComponent(pages, 'DepartmentsPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/pools',
    validateSearch: poolsSearch,
    staticData: { title: 'console:pools.title' },
    component: lazyRouteComponent(pages, 'PoolsPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/offer',
    staticData: { title: 'console:offer.title' },
    component: lazyRouteComponent(pages, 'OfferPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/organization',
    staticData: { title: 'console:organization.title' },
    component: lazyRouteComponent(pages, 'OrganizationPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/records',
    validateSearch: recordsSearch,
    staticData: { title: 'console:records.title' },
    component: lazyRouteComponent(pages, 'RecordsPage'),
  }),
  createRoute({
    getParentRoute: () => console,
    path: '/refusals',
    validateSearch: refusalsSearch,
    staticData: { title: 'console:refusals.title' },
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
    parseSearch: searchFromText,
    stringifySearch: textFromSearch,
  })

/** Plain words both ways: a number stays as it was typed, and an address reads as it is said. */
const searchFromText = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

function textFromSearch(search: Readonly<Record<string, unknown>>): string {
  const filled = Object.entries(search).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  )
  return filled.length === 0 ? '' : `?${new URLSearchParams(filled).toString()}`
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
  interface StaticDataRouteOption {
    title?: Title
  }
}
