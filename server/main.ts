/** The server: reads where everything is, joins the parts, and lets go in order when it is told to. */
import { flushCompileCache } from 'node:module'
import { createLog } from './adapters/log/index.ts'
import { readRuntime } from './assembly/runtime.ts'
import { assemble } from './assembly/tandem.ts'

/** What is not finished by then is cut; the engine keeps the calls in any case. */
const STOP_WITHIN_MS = 3_000
/** What was compiled is kept for the next start; then, for it takes a moment, and calls may be being taken over. */
const COMPILED_IS_KEPT_AFTER_MS = 10_000

const runtime = readRuntime(process.env.TANDEM_RUNTIME)
const log = createLog(runtime.config.logLevel)

process.on('uncaughtException', (error) => {
  // Nobody knows what state we are in: the supervisor starts us anew, and calls are taken over.
  log.fatal({ err: error }, 'a fault stops the server')
  process.exit(1)
})

const tandem = await assemble({ runtime, log, bootstrapKey: process.env.TANDEM_BOOTSTRAP_KEY })
let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
    tandem.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not stop in order')
        process.exit(1)
      },
    )
  })
}
await tandem.start()
log.info({ address: runtime.publicUrl }, 'ready')
setTimeout(flushCompileCache, COMPILED_IS_KEPT_AFTER_MS).unref()
