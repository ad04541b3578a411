import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../until.ts'
import { freeUdpPort } from './free-port.ts'

const HOST = '127.0.0.5'

/** A telephone company of one number, made of baresip: it answers at once and says back what it hears. */
export async function startBaresip(number: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-baresip-'))
  const port = await freeUdpPort(HOST)
  const settings = [
    `sip_listen ${HOST}:${port}`,
    // Its ear is joined to its mouth.
    ...['source', 'player', 'alert'].map((what) => `audio_${what} aubridge,${what === 'alert' ? 'alert' : 'echo'}`),
    ...['ausrc', 'auplay'].flatMap((what) => [`${what}_srate 8000`, `${what}_channels 1`]),
    `module_path ${moduleFolder()}`,
    ...['g711', 'aubridge'].map((name) => `module ${name}.so`),
    ...['account', 'menu', 'echo'].map((name) => `module_app ${name}.so`),
  ]
  writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`)
  writeFileSync(join(folder, 'accounts'), `<sip:${number}@${HOST}>;regint=0;audio_codecs=pcma\n`)
  writeFileSync(join(folder, 'contacts'), '')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'baresip', '-f', folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  await until('baresip ready', () => said.includes('baresip is ready'))
  return {
    host: HOST,
    port,
    close: async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Beside the program: its own idea of where they are is the working folder. */
const moduleFolder = (): string =>
  join(dirname(execFileSync('which', ['baresip'], { encoding: 'utf8' })), '../lib/baresip/modules')
