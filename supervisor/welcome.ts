import { styleText } from 'node:util'
import { readJson } from './files.ts'
import type { Layout } from './layout.ts'
import type { Database } from './postgres.ts'
import type { Runtime } from './runtime.ts'

type DemoAccounts = { accounts: readonly { name: string; login: string; password: string; role: string }[] }

/** All that somebody needs who has just typed `npm start`. */
export function printWelcome(runtime: Runtime, layout: Layout, database: Database): void {
  const demo = runtime.config.demo ? (readJson(layout.demoFile) as DemoAccounts | null) : null
  const lines = [
    '',
    `  ${styleText('bold', 'Tandem is up:')} ${styleText(['bold', 'cyan'], runtime.publicUrl)}`,
    '',
    ...(demo === null ? nextStep() : ['  Sign in as (demo):', ...accountLines(demo), '']),
    `  Data: ${layout.data}`,
    `  Logs: ${layout.log}`,
    ...(database.ownerUrl === database.appUrl ? [ONE_LOGIN] : []),
    '  Stop: Ctrl-C',
    '',
  ]
  console.log(lines.join('\n'))
}

const ONE_LOGIN =
  '  Database: the server signs in as the owner; give the owner a login of its own (DATABASE_OWNER_URL, docs/operating/configure.md)'

/** Without the demo there is nobody yet who could sign in. */
function nextStep(): string[] {
  const hasKey = (process.env['TANDEM_BOOTSTRAP_KEY'] ?? '') !== ''
  return [
    '  Next: set up carrier, organization and people with the API and your operator key;',
    '        docs/operating/trunk.md leads through it, step by step.',
    ...(hasKey
      ? ['        The key of TANDEM_BOOTSTRAP_KEY is taken, if it is the first one.']
      : [
          '        No key yet? Stop, and start once with a first one of your own:',
          '        export TANDEM_BOOTSTRAP_KEY="tdm_$(openssl rand -hex 4)_$(openssl rand -hex 24)"',
        ]),
    '',
  ]
}

function accountLines({ accounts }: DemoAccounts): string[] {
  const width = (pick: (account: DemoAccounts['accounts'][number]) => string) =>
    Math.max(...accounts.map((account) => pick(account).length))
  const [login, password, role] = [width((a) => a.login), width((a) => a.password), width((a) => a.role)]
  return accounts.map(
    (a) => `    ${a.login.padEnd(login)}  ${a.password.padEnd(password)}  ${a.role.padEnd(role)}  ${a.name}`,
  )
}
