import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isPassing, isUnanswered } from '#session'
import { Notices, startTexts } from '#ui'
import { createAppRouter } from './routes.tsx'
import './ui/tokens.css'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The live events keep it fresh; a page that was away asks anew.
      staleTime: 10_000,
      // A browser that calls itself offline may still reach this machine; if not, it fails like any other.
      networkMode: 'always',
      // A server that restarts is back within 8 s. After that, or 10 s without an answer, a reader is told.
      retry: (failures, error) => isPassing(error) && !isUnanswered(error) && failures < 5,
      retryDelay: (failures) => Math.min(300 * 2 ** failures, 4000),
    },
  },
})

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root element')
await startTexts()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={createAppRouter(client)} />
      <Notices />
    </QueryClientProvider>
  </StrictMode>,
)
