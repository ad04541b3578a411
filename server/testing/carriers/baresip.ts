import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../supervisor/ports.ts'

/** A telephone company whose only telephone is baresip: a SIP stack that is neither ours nor the engine's. */
export type BaresipCarrier = { readonly host: string; readonly port: number; close(): Promise<void> }

/** It answers calls to `number` (as the trunk writes it) and says back what it hears. */
export async function startBaresip(number: string, host = '127.0.2.1'): Promise<BaresipCarrier> {
  const folder = mkdtempSync(join(tmpdir(), 'tdbare-'))
  const port = await freePort(host, 'tcp+udp')
  writeFileSync(join(folder, 'config'), configuration(host, port))
  writeFileSync(join(folder, 'accounts'), `<sip:${number}@${host}>;regint=0;audio_codecs=pcma\n`)
  writeFileSync(join(folder, 'contacts'), '\n')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'baresip', '-f', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  while (!said.includes('baresip is ready')) {
    if (child.exitCode !== null) throw new Error(`baresip did not start:\n${said}`)
    await pause(10)
  }
  return {
    host,
    port,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Beside the program: its own idea of where they are is the working folder. */
const moduleFolder = (): string =>
  join(dirname(execFileSync('which', ['baresip'], { encoding: 'utf8' })), '../lib/baresip/modules')

/** Its `echo` application takes each call and joins its ear to its mouth. */
const configuration = (host: string, port: number): string => `sip_listen ${host}:${port}
audio_source aubridge,echo
audio_player aubridge,echo
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path ${moduleFolder()}
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
module_app echo.so
`
