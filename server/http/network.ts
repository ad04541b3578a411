import { networkState } from '@tandem/contract'
import { mayReadNetworkState } from './access.ts'
import type { Parts } from './parts.ts'
import { routesOf, type App } from './routes.ts'
import { answers } from './wire.ts'

export const networkRoutes = routesOf(readNetworkState)

function readNetworkState(app: App, parts: Parts): void {
  app.get(
    '/api/network',
    {
      schema: { tags: ['network'], summary: 'Whether calls get out at all', response: answers(200, networkState) },
      config: { access: mayReadNetworkState },
    },
    async () => ({ isReachable: await isNetworkReachable(parts) }),
  )
}

/** A trunk that was not heard of yet may work; one that is suspended does not. */
export async function isNetworkReachable({ engine, stores, calls }: Parts): Promise<boolean> {
  if (!engine.isUp()) return false
  const reachability = calls.reachability()
  const trunks = await stores.carriers.trunks()
  return trunks.some(({ id, standing }) => standing === 'active' && reachability[id] !== 'down')
}
