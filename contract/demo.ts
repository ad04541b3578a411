import { z } from 'zod'
import { e164 } from './basics.ts'

/** Demo only: the phones of the simulated network. */
export const demoNumber = z.object({
  number: e164.describe('A number of the simulated network (E.164)'),
  behaviour: z
    .enum([
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
    ])
    .describe('What the network does with a call to it'),
  name: z.string().describe('What to call it on screens'),
})
export const handsetRequest = z
  .strictObject({ number: e164.describe('A number of the simulated network that rings handsets (E.164)') })
  .meta({ examples: [{ number: '+8613900000001' }] })
/** How the handset page becomes that phone: REGISTER with this user over `/carrier-sip?ticket=…`. */
export const handset = z.object({
  number: e164.describe('The number that it becomes (E.164)'),
  sipUser: z.string().describe('User of the SIP digest'),
  sipPassword: z.string().describe('Password of the SIP digest'),
  ticket: z.string().describe('Opens the WebSocket `/carrier-sip?ticket=…`; valid 60 s'),
})
export const demoAccount = z.object({
  name: z.string().describe('Of the person'),
  login: z.string().describe('To sign in with'),
  password: z.string().describe('Public: works in demo mode only'),
  role: z.string().describe('What this account shows'),
})
