import type { Screens } from '#calls'
import type { PushServices, ReachStore } from '#directory'
import type { Hub } from '#http'

type Parts = {
  readonly hub: Pick<Hub, 'isHeardBy'>
  readonly reach: Pick<ReachStore, 'subscriptions'>
  readonly services: Pick<PushServices, 'isTrusted'>
}

/**
 * Who listens hears of a call at once; others have to be woken first, and are waited for: a connection that seems open may
 * be a lid that was just closed.
 */
export const createScreens = ({ hub, reach, services }: Parts): Screens => ({
  async reach(memberId) {
    const subscriptions = await reach.subscriptions(memberId)
    if (subscriptions.some(({ endpoint }) => services.isTrusted(endpoint))) return 'asleep'
    return hub.isHeardBy(memberId) ? 'open' : 'none'
  },
})
