import { renameSync, writeFileSync } from 'node:fs'
import { demoAccounts, demoNumbers } from '#demo'
import type { DirectoryStore } from '#directory'
import type { DemoAccess } from '#http'
import { Ari, SipConfiguration } from '../adapters/asterisk/index.ts'
import type { Runtime } from './runtime.ts'

/** A telephone is taken to be there until it says otherwise: the setting is one of browsers at the engine alone. */
const HANDSET_GONE_MS = 15_000

/** The simulated network's own Asterisk, for handsets; and whom one may sign in as, for the supervisor to print. */
export function createDemoAccess(carrier: NonNullable<Runtime['carrier']>, directory: DirectoryStore) {
  const ari = new Ari({
    ariUrl: carrier.ariUrl,
    user: carrier.ariUser,
    password: carrier.ariPassword,
    app: 'tandem-handsets',
  })
  const configuration = new SipConfiguration(ari, { browserGoneMs: HANDSET_GONE_MS, sipHost: carrier.sipHost })
  const access: DemoAccess = {
    accounts: demoAccounts,
    numbers: () => demoNumbers(directory),
    addHandset: ({ user }) => configuration.pushHandset({ number: user.sipUser, password: user.sipPassword }),
  }
  return { access, start: () => ari.start(), stop: () => ari.stop() }
}

/** Whole or not at all: the supervisor may read it at any moment. */
export function writeDemoFile(file: string): void {
  writeFileSync(`${file}.new`, JSON.stringify({ accounts: demoAccounts() }), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
