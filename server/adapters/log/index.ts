import { pino, type DestinationStream, type Logger } from 'pino'
import { maskText, maskValue } from './mask.ts'

export type Log = Logger

/** Names under which a secret could travel; their values never reach the log. */
const SECRETS = [
  'password',
  'sipPassword',
  'token',
  'ticket',
  'key',
  'cookie',
  'authorization',
  'secret',
  'databaseUrl',
  'databaseOwnerUrl',
]

/**
 * JSON lines on stdout. Levels: `error` = a fault that somebody must look at, `warn` = we go on but worse (a part is
 * gone, a route failed), `info` = what an operator wants to see of a day, `debug` = what a developer does.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '(secret)' },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (object: object) => maskValue(object) as Record<string, unknown>,
      bindings: (bindings: object) => maskValue(bindings) as Record<string, unknown>,
    },
    serializers: {
      err: (error: unknown) => error,
      req: (request: unknown) => request,
      res: (response: unknown) => response,
    },
    hooks: {
      logMethod(this: Logger, args: unknown[], method: (...args: unknown[]) => void) {
        method.apply(
          this,
          withMessage(args).map((argument) => (typeof argument === 'string' ? maskText(argument) : argument)),
        )
      },
    },
  }
  return destination === undefined ? pino(options as never) : pino(options as never, destination)
}

/** Where only an error is given, pino takes its message as it is; we give it ourselves, so that it is masked. */
function withMessage(args: readonly unknown[]): readonly unknown[] {
  const [first, ...rest] = args
  const error = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err
  if (!(error instanceof Error)) return args
  return [first instanceof Error ? { err: first } : first, ...(rest.length === 0 ? [error.message] : rest)]
}
