import { z } from 'zod'
import { e164 } from './basics.ts'

/** Demo only: the phones of the simulated network. */
export const demoNumber = z.object({
  number: e164,
  behaviour: z.enum([
    'echo',
    'tone',
    'rings',
    'busy',
    'unallocated',
    'unavailable',
    'early-media',
    'hangs-up',
    'digits',
    'handset',
  ]),
  name: z.string(),
})
export const handsetRequest = z.object({ number: e164 })
/** How the handset page becomes that phone: REGISTER with this user over `/carrier-sip?ticket=…`. */
export const handset = z.object({ number: e164, sipUser: z.string(), sipPassword: z.string(), ticket: z.string() })
export const demoAccount = z.object({ name: z.string(), login: z.string(), password: z.string(), role: z.string() })
