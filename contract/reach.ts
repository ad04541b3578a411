import { z } from 'zod'
import { timestamp } from './basics.ts'

/** Calls inside the app to the member that reached nobody, and that he has not seen yet on any of his screens. */
export const missedCalls = z.object({
  count: z.int().nonnegative().max(100).describe('100: so many, or more'),
  seenUntil: timestamp.nullable().describe('Those placed until then were seen; `null`: none was'),
})

/** All that were placed until then were seen, on whichever screen. Never goes back. */
export const missedSeen = z
  .strictObject({ until: timestamp.describe('Inclusive; not in the future') })
  .meta({ examples: [{ until: '2026-07-01T08:00:00.000Z' }] })

/** RFC 8292: by this key a push service knows this installation. */
export const pushKey = z.object({
  publicKey: z.string().describe('`applicationServerKey` of the browser’s subscription: P-256, base64url'),
})

/** A browser of the member that may be woken to ring (RFC 8030, RFC 8291): what `PushSubscription.toJSON()` gives. */
export const pushSubscription = z
  .strictObject({
    endpoint: z.url().max(1000).describe('Of a push service that this installation trusts'),
    keys: z
      .strictObject({
        p256dh: z
          .string()
          .regex(/^B[A-Za-z0-9_-]{86}$/)
          .describe('Public key of the browser: a point of P-256, not compressed; base64url'),
        auth: z
          .string()
          .regex(/^[A-Za-z0-9_-]{22}$/)
          .describe('Secret of the browser: 16 bytes, base64url'),
      })
      .describe('What is pushed is encrypted for them'),
    expirationTime: z.number().nullable().optional().describe('As the browser says it; not looked at'),
  })
  .meta({
    examples: [
      {
        endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/example',
        keys: {
          p256dh: 'BHbENIHS91muKggTVfsHcYw_4ATRg5VZUer6FRObjg0HJ7voIJdkJ0p7LEwiruR3gZp475BjERvuEFrr5KSWn8I',
          auth: 'pMDTMLy-rm79Y8j6y7jKGA',
        },
      },
    ],
  })
export type WirePushSubscription = z.infer<typeof pushSubscription>

/** Of a browser that is not to be woken any more. */
export const pushEndpoint = z
  .strictObject({ endpoint: z.url().max(1000).describe('As it was told') })
  .meta({ examples: [{ endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/example' }] })
