import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from './layout.ts'

/** An Asterisk that can run our configuration. */
export type AsteriskProgram = {
  /** Everything before Asterisk's own arguments. */
  argv: readonly [string, ...string[]]
  moduleFolder: string
  /** Its modules don't load without these descriptions of themselves. */
  documentationFolder: string
}

const oldestMajor = 20
const templates = ['deploy/asterisk/engine/modules.conf', 'server/demo/carrier/modules.conf']

/** The system's if it is new enough and whole, else the private root that scripts/install-asterisk.sh makes. */
export function findAsterisk(): AsteriskProgram | null {
  return [systemAsterisk(), privateAsterisk()].find((found) => found !== null && isWhole(found)) ?? null
}

function systemAsterisk(): AsteriskProgram | null {
  const version = spawnSync('asterisk', ['-V'], { encoding: 'utf8' }).stdout ?? ''
  const major = Number(/Asterisk (\d+)\./.exec(version)?.[1] ?? 0)
  if (major < oldestMajor) return null
  const moduleFolder = [
    `/usr/lib/${triplet()}/asterisk/modules`,
    '/usr/lib/asterisk/modules',
    '/usr/lib64/asterisk/modules',
  ].find((folder) => existsSync(folder))
  const data = ['/usr/share/asterisk', '/var/lib/asterisk'].find((folder) => existsSync(join(folder, 'documentation')))
  if (moduleFolder === undefined || data === undefined) return null
  return { argv: ['asterisk'], moduleFolder, documentationFolder: join(data, 'documentation') }
}

/** Run by its own loader with its own libraries: neither chroot nor root is needed. */
function privateAsterisk(): AsteriskProgram | null {
  const root = join(checkout, '.tools/asterisk')
  const libraries = join(root, 'usr/lib', triplet())
  const loader = [join(root, 'usr/lib64'), join(root, 'usr/lib'), libraries].flatMap(loadersIn)[0]
  if (loader === undefined) return null
  return {
    argv: [loader, '--library-path', `${libraries}:${libraries}/asterisk`, join(root, 'usr/sbin/asterisk')],
    moduleFolder: join(libraries, 'asterisk/modules'),
    documentationFolder: join(root, 'usr/share/asterisk/documentation'),
  }
}

function loadersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^ld-linux.*\.so\.\d+$/.test(name))
    .map((name) => join(folder, name))
}

function isWhole(program: AsteriskProgram): boolean {
  if (!existsSync(program.moduleFolder) || !existsSync(program.documentationFolder)) return false
  const present = new Set(readdirSync(program.moduleFolder))
  return templates
    .flatMap((template) => modulesOf(readFileSync(join(checkout, template), 'utf8')))
    .every((module) => present.has(module))
}

function modulesOf(modulesConf: string): string[] {
  return [...modulesConf.matchAll(/^load\s*=\s*(\S+)/gm)].map((match) => match[1] ?? '')
}

function triplet(): string {
  return process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
}

// `node supervisor/asterisk-program.ts` is the installer's question: exit 0 when there is one.
if (import.meta.main) process.exitCode = findAsterisk() === null ? 1 : 0
