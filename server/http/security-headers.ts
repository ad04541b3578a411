import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * What a page of ours may ask a browser for: the microphone, to speak. Everything else that browsers know is off, for
 * us and for whatever a page is made to embed. W3C Permissions Policy, 6.1.
 */
const PERMISSIONS = [
  'microphone=(self)',
  'autoplay=(self)',
  'screen-wake-lock=(self)',
  'clipboard-write=(self)',
  ...[
    'accelerometer',
    'browsing-topics',
    'camera',
    'clipboard-read',
    'display-capture',
    'encrypted-media',
    'fullscreen',
    'gamepad',
    'geolocation',
    'gyroscope',
    'hid',
    'idle-detection',
    'local-fonts',
    'magnetometer',
    'midi',
    'payment',
    'picture-in-picture',
    'publickey-credentials-create',
    'publickey-credentials-get',
    'serial',
    'storage-access',
    'usb',
    'xr-spatial-tracking',
  ].map((feature) => `${feature}=()`),
].join(', ')

/** Public documents, the same for everybody, say themselves how long they may be kept. */
export function keepAnswersPrivate(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', PERMISSIONS)
    if (/^\/(api|metrics)(\/|\?|$)/.test(request.url)) reply.header('cache-control', 'no-store')
  })
}

const DOCUMENT_HEADERS = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'origin-agent-cluster',
  'permissions-policy',
  'referrer-policy',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
]

/** They speak of the page alone; on each of its thirty files they would be a tenth of what travels at the first look. */
export function leaveOutDocumentHeaders(reply: FastifyReply): void {
  for (const name of DOCUMENT_HEADERS) {
    reply.removeHeader(name)
    reply.raw.removeHeader(name)
  }
}

export function securityHeaders(publicUrl: string) {
  const isHttps = publicUrl.startsWith('https:')
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Components place menus and bars by inline styles.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:', 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isHttps,
    // A page on plain HTTP (loopback) has no use for it, and browsers warn.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  }
}
