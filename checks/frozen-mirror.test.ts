import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** An Asterisk is there once it was unpacked. */
const FINDS = `import { existsSync } from 'node:fs'
process.exit(existsSync(new URL('../.tools/asterisk', import.meta.url)) ? 0 : 1)`

/** Stands for mmdebstrap: the mirror says `said` for as long as its date is checked. The folder is its last word but one. */
const unpacker = (said: string): string => `#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in *Check-Valid-Until*) for folder; do case $folder in *.partial) mkdir "$folder" ;; esac; done; exit ;; esac
echo '${said}' >&2
exit 25
`

/** `scripts/install-asterisk.sh` in a checkout that has all but an Asterisk. */
function install(said: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-install-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [checkout, bin, asked] = [join(folder, 'checkout'), join(folder, 'bin'), join(folder, 'asked')]
  for (const path of [bin, join(checkout, 'supervisor'), join(checkout, '.tools')]) mkdirSync(path, { recursive: true })
  cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true })
  for (const name of ['.tools/node_modules', 'node_modules', 'package-lock.json', '.node-version'])
    symlinkSync(join(root, name), join(checkout, name))
  writeFileSync(join(checkout, 'supervisor/asterisk-program.ts'), FINDS)
  writeFileSync(join(bin, 'mmdebstrap'), unpacker(said), { mode: 0o700 })
  const env = { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter), ASKED: asked }
  const { status, stderr } = spawnSync('bash', [join(checkout, 'scripts/install-asterisk.sh')], {
    env,
    encoding: 'utf8',
  })
  return { status, stderr, tries: readFileSync(asked, 'utf8').trim().split('\n') }
}

/** It starts a dozen processes, beside all other checks. */
const timeout = 120_000

test('a mirror whose list is out of date is taken, and said aloud; its signature is still checked', { timeout }, () => {
  const { status, stderr, tries } = install(
    'E: Release file for http://mirror/dists/x/InRelease is expired (invalid since 9d)',
  )
  expect([status, tries.length]).toEqual([0, 2])
  expect(stderr).toContain('its signature is checked, its date is not, so security updates may be missing')
  expect(tries.join()).not.toMatch(/AllowInsecure|trusted|no-check/i)
})

test('whatever else a mirror says ends the installation after one try, and is shown', { timeout }, () => {
  const { status, stderr, tries } = install('E: The repository is not signed')
  expect([status, tries.length]).toEqual([1, 1])
  expect(stderr).toContain('The repository is not signed')
  expect(stderr).not.toContain('security updates')
})
