import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AsteriskProgram } from './asterisk-program.ts'
import type { Command } from './child.ts'
import { makeFolder } from './files.ts'
import { externalAddresses, iceValues } from './ice.ts'
import { checkout } from './layout.ts'
import { writeSounds } from './sounds.ts'

/** One Asterisk: its own folder and its own ports, so that several run side by side. */
export type AsteriskInstance = {
  /** Everything that it writes is below here. */
  folder: string
  /** `*.conf` with `@@NAME@@` where a value comes in; a name in capitals can't be dialplan syntax. */
  templates: string
  /** Asterisk's `systemname`: a prefix of every channel's unique id. */
  systemName: string
  /** Where ARI and the SIP WebSocket listen; loopback only. */
  httpPort: number
  ariPassword: string
  sipHost: string
  sipPort: number
  /** Inclusive. */
  rtpPorts: { first: number; last: number }
  /** Further values of this instance's templates. */
  values: Record<string, string | number>
}

/** Writes the instance's whole configuration and says how to run it. */
export function prepareAsterisk(program: AsteriskProgram, instance: AsteriskInstance): Command {
  const { folder } = instance
  const etc = join(folder, 'etc')
  rmSync(etc, { recursive: true, force: true })
  for (const part of ['etc', 'state/keys', 'spool/recording', 'run', 'log', 'cel', 'sounds', 'moh'])
    makeFolder(join(folder, part))
  link(program.documentationFolder, join(folder, 'documentation'))
  link(join(folder, 'cel'), join(folder, 'log/cel-custom'))
  writeSounds({ sounds: join(folder, 'sounds'), musicOnHold: join(folder, 'moh') })
  for (const name of unusedButRequired) writeFileSync(join(etc, `${name}.conf`), '', { mode: 0o600 })
  const values = valuesOf(program, instance)
  for (const source of [commonTemplates, instance.templates]) fillTemplates(source, etc, values)
  return {
    argv: ['sh', '-c', raiseFileLimit, 'sh', ...program.argv, '-f', '-C', join(etc, 'asterisk.conf')],
    env: { LC_ALL: 'C' },
    cwd: folder,
  }
}

/** Asterisk complains when they are missing, and is content when they are empty. */
const unusedButRequired = [
  'udptl',
  'features',
  'stasis',
  'codecs',
  'dsp',
  'acl',
  'ccss',
  'cdr',
  'cel',
  'cli',
  'cli_permissions',
  'manager',
  'dnsmgr',
  'enum',
  'websocket_client',
]

/** A call takes about ten descriptors. More than 65,536 only makes Asterisk slow: it visits them all at times. */
const raiseFileLimit = `hard=$(ulimit -H -n)
if [ "$hard" = unlimited ] || [ "$hard" -gt 65536 ]; then hard=65536; fi
ulimit -n "$hard"
exec "$@"`

/** What every Asterisk of ours has; the instance's own templates come on top. */
const commonTemplates = join(checkout, 'deploy/asterisk/common')

function fillTemplates(source: string, etc: string, values: Record<string, string | number>): void {
  for (const name of readdirSync(source).filter((file) => file.endsWith('.conf'))) {
    const text = fillTemplate(readFileSync(join(source, name), 'utf8'), values)
    writeFileSync(join(etc, name), text, { mode: 0o600 })
  }
}

function fillTemplate(template: string, values: Record<string, string | number>): string {
  return template.replace(/@@([A-Z_]+)@@/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The template asks for @@${name}@@, which nobody gives`)
    return String(value)
  })
}

function valuesOf(program: AsteriskProgram, instance: AsteriskInstance): Record<string, string | number> {
  return {
    FOLDER: instance.folder,
    MODULE_FOLDER: program.moduleFolder,
    SYSTEM_NAME: instance.systemName,
    HTTP_PORT: instance.httpPort,
    ARI_PASSWORD: instance.ariPassword,
    SIP_HOST: instance.sipHost,
    ...iceValues(instance.sipHost, externalAddresses()),
    SIP_PORT: instance.sipPort,
    RTP_FIRST: instance.rtpPorts.first,
    RTP_LAST: instance.rtpPorts.last,
    ...instance.values,
  }
}

/** After the machine's addresses have changed: calls from then on are told the ones of now; those that go on stay. */
export async function renewMediaAddresses(program: AsteriskProgram, instance: AsteriskInstance): Promise<void> {
  const text = fillTemplate(readFileSync(join(commonTemplates, mediaTemplate), 'utf8'), valuesOf(program, instance))
  writeFileSync(join(instance.folder, 'etc', mediaTemplate), text, { mode: 0o600 })
  const { ok, status } = await ari(instance, 'PUT', 'modules/res_rtp_asterisk.so')
  if (!ok) throw new Error(`Asterisk answered ${status} when it was to read its addresses again`)
}

const mediaTemplate = 'rtp.conf'

const ari = (instance: AsteriskInstance, method: 'GET' | 'PUT', path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${instance.httpPort}/ari/asterisk/${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${ariUser}:${instance.ariPassword}`).toString('base64')}` },
    signal: AbortSignal.timeout(2_000),
  })

/** ARI answers even when SIP has failed, so SIP is asked for too. */
export async function isAsteriskReady(instance: AsteriskInstance): Promise<boolean> {
  try {
    const answer = await ari(instance, 'GET', 'modules/chan_pjsip.so')
    return answer.ok && ((await answer.json()) as { status: string }).status === 'Running'
  } catch {
    return false // Not listening yet.
  }
}

export const ariUser = 'tandem'

function link(target: string, path: string): void {
  rmSync(path, { force: true })
  if (!existsSync(path)) symlinkSync(target, path)
}
