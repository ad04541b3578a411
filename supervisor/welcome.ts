import { styleText } from 'node:util'
import { readJson } from './files.ts'
import type { Layout } from './layout.ts'
import type { Runtime } from './runtime.ts'

type DemoAccounts = { accounts: readonly { name: string; login: string; password: string; role: string }[] }

/** All that somebody needs who has just typed `npm start`. */
export function printWelcome(runtime: Runtime, layout: Layout): void {
  const demo = runtime.config.demo ? (readJson(layout.demoFile) as DemoAccounts | null) : null
  const lines = [
    '',
    `  ${styleText('bold', 'Tandem is up:')} ${styleText(['bold', 'cyan'], runtime.publicUrl)}`,
    '',
    ...(demo === null ? [] : ['  Sign in as (demo):', ...accountLines(demo), '']),
    `  Data: ${layout.data}`,
    `  Logs: ${layout.log}`,
    '  Stop: Ctrl-C',
    '',
  ]
  console.log(lines.join('\n'))
}

function accountLines({ accounts }: DemoAccounts): string[] {
  const width = (pick: (account: DemoAccounts['accounts'][number]) => string) =>
    Math.max(...accounts.map((account) => pick(account).length))
  const [login, password, role] = [width((a) => a.login), width((a) => a.password), width((a) => a.role)]
  return accounts.map(
    (a) => `    ${a.login.padEnd(login)}  ${a.password.padEnd(password)}  ${a.role.padEnd(role)}  ${a.name}`,
  )
}
