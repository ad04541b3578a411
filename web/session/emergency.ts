import { emergencyNumberIn, type EmergencyPlan, type WireSession } from '@tandem/contract'
import { ApiProblem } from './problem.ts'

const KEPT_AS = 'tandem-emergency'

/** Kept beyond this page: a call for help may come while the server, or the network, is away. */
export function keepEmergencyPlan({ organization }: WireSession): void {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(organization.emergency))
  } catch {
    // A browser that keeps nothing: the session that is loaded has it.
  }
  plan = organization.emergency
}

let plan: EmergencyPlan | undefined

/** The refusal of a call for help, made here: the server is not asked first, and nobody waits for it. */
export function emergencyRefusal(typed: string): ApiProblem | undefined {
  const digits = emergencyNumberIn(typed, plan ?? keptPlan() ?? EVERYWHERE)
  if (digits === undefined) return undefined
  return new ApiProblem('emergency-number', {
    type: 'about:blank',
    title: '',
    status: 403,
    code: 'emergency-number',
    params: { digits },
    alternatives: [{ kind: 'native-dialler', digits }],
  })
}

function keptPlan(): EmergencyPlan | undefined {
  try {
    return JSON.parse(localStorage.getItem(KEPT_AS) ?? '') as EmergencyPlan
  } catch {
    return undefined
  }
}

/** 3GPP TS 22.101, 10.1.1: every phone knows these two. */
const EVERYWHERE: EmergencyPlan = { numbers: ['112', '911'], callingCode: null, internationalPrefix: '00' }
