/** The server: reads where everything is, joins the parts, and lets go in order when it is told to. */
import { createLog } from './adapters/log/index.ts'
import { databaseFault } from './assembly/database-fault.ts'
import { readRuntime } from './assembly/runtime.ts'
import { assemble, type Tandem } from './assembly/tandem.ts'

/** What is not finished by then is cut; the engine keeps the calls in any case. */
const STOP_WITHIN_MS = 3_000
/** sysexits.h: something in the configuration can't stand. The supervisor does not try a first start again. */
const EX_CONFIG = 78

const runtime = readRuntime(process.env.TANDEM_RUNTIME)
const log = createLog(runtime.config.logLevel)

process.on('uncaughtException', (error) => {
  // Nobody knows what state we are in: the supervisor starts us anew, and calls are taken over.
  log.fatal({ err: error }, 'a fault stops the server')
  process.exit(1)
})

const tandem = await assemble({ runtime, log, bootstrapKey: process.env.TANDEM_BOOTSTRAP_KEY }).catch(explain)
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

/** A wrong `DATABASE_URL` is the operator's to mend: trying again would not help. */
function explain(error: unknown): Tandem {
  const { databaseUrl } = runtime.config
  const sentence = databaseUrl === null ? undefined : databaseFault(error, databaseUrl)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(EX_CONFIG)
}
