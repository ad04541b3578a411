import type { WireCall } from '@tandem/contract'
import { useQueryClient } from '@tanstack/react-query'
import { ApiProblem, applyCall, holdCall, resumeCall } from '#session'
import { notice, useProblemText } from '#ui'

/** Puts a call on hold, or takes it back. Resolves with whether it is so; a refusal is said in a notice. */
export function useHold(): (call: WireCall, isOnHold: boolean) => Promise<boolean> {
  const client = useQueryClient()
  const say = useProblemText()
  return async ({ id, isOnHold: isSo }, isOnHold) => {
    if (isSo === isOnHold) return true
    try {
      applyCall(client, await (isOnHold ? holdCall(id) : resumeCall(id)))
      return true
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      notice.failed(say(error.code, error.params))
      return false
    }
  }
}
