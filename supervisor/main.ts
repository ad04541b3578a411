import { accessSync, constants, rmSync } from 'node:fs'
import { Board } from './board.ts'
import { readConfig } from './config.ts'
import { makeFolder, writeJson } from './files.ts'
import { takeHandedOver } from './handed-over.ts'
import { layoutOf } from './layout.ts'
import type { Layout } from './layout.ts'
import { takeLock } from './lock.ts'
import { edgePart, serverPart } from './node-parts.ts'
import { Part } from './part.ts'
import type { PartSpec } from './part.ts'
import { becomePlainUser } from './plain-user.ts'
import { databaseOf, postgresPart, type Database } from './postgres.ts'
import { planRuntime } from './runtime.ts'
import type { Runtime } from './runtime.ts'
import { loadSecrets } from './secrets.ts'
import type { Secrets } from './secrets.ts'
import { carrierPart, enginePart } from './sip-parts.ts'
import { StartRefused } from './start-refused.ts'
import { printWelcome } from './welcome.ts'

type Plan = {
  readonly layout: Layout
  readonly runtime: Runtime
  readonly secrets: Secrets
  readonly database: Database
}

/** Parts that are started together; each row waits for the one above it. They are stopped from the bottom up. */
function planParts({ layout, runtime, secrets, database }: Plan): PartSpec[][] {
  const carrier = carrierPart(layout, runtime)
  return [
    [edgePart(layout, runtime)], // First and last: the address answers all the time.
    [
      ...(runtime.config.databaseUrl === null ? [postgresPart(layout, secrets)] : []),
      enginePart(layout, runtime),
      ...(carrier === null ? [] : [carrier]),
    ],
    [serverPart(layout, runtime, database)],
  ]
}

async function main(): Promise<void> {
  process.umask(0o077)
  const handedOver = takeHandedOver()
  const config = handedOver ?? readConfig()
  if (handedOver === null && process.getuid?.() === 0) becomePlainUser({ ...config, data: dataFolder(config.data) })
  const layout = layoutOf(dataFolder(config.data))
  const lock = await takeLock(layout)
  const secrets = loadSecrets(layout.secretsFile)
  const runtime = await planRuntime(config, layout, secrets)
  prepareFolders(layout)
  writeJson(layout.runtimeFile, runtime)
  lock.announce(runtime.publicUrl)
  const database = databaseOf(config, layout, secrets)
  const rows = planParts({ layout, runtime, secrets, database })
  const board = new Board(
    layout.partsFile,
    rows.flat().map((spec) => spec.name),
  )
  const parts = rows.map((row) => row.map((spec) => new Part(spec, layout, board)))
  const stopped = stopOnSignal(parts)
  try {
    for (const row of parts) await Promise.race([Promise.all(row.map((part) => part.start())), stopped])
    if (!isStopping) printWelcome(runtime, layout, database)
    await stopped
  } catch (fault) {
    isStopping = true
    await stopAll(parts)
    throw fault
  } finally {
    rmSync(layout.lockFile, { force: true })
    lock.release()
  }
}

function dataFolder(path: string): string {
  try {
    makeFolder(path)
    accessSync(path, constants.W_OK)
    return path
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException
    throw new StartRefused(
      `The data folder ${path} cannot be made or written (${code}). Set TANDEM_DATA to another folder.`,
    )
  }
}

/** What one run leaves for the next is no part of it: holds, states, the demo’s accounts, what was compiled of this version. */
function prepareFolders(layout: Layout): void {
  for (const path of [layout.hold, layout.demoFile, layout.code]) rmSync(path, { recursive: true, force: true })
  for (const path of [layout.run, layout.hold, layout.log, layout.engine, layout.carrier]) makeFolder(path)
}

let isStopping = false

/** Resolves when everything is stopped. A terminal and npm both pass Ctrl-C on: a second one at once is the same one. */
function stopOnSignal(parts: readonly (readonly Part[])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let firstAt = 0
    const onSignal = () => {
      if (isStopping) {
        if (Date.now() - firstAt > 1_000) for (const part of parts.flat()) part.killNow()
        return
      }
      isStopping = true
      firstAt = Date.now()
      console.log('\nStopping …')
      stopAll(parts).then(resolve, reject)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}

async function stopAll(parts: readonly (readonly Part[])[]): Promise<void> {
  for (const row of parts.toReversed()) await Promise.all(row.map((part) => part.stop()))
}

try {
  await main()
  console.log('Stopped; nothing is left running.')
} catch (fault) {
  console.error(fault instanceof StartRefused ? fault.message : fault)
  process.exitCode = 1
}
