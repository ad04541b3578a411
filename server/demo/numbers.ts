import type { DirectoryStore } from '#directory'
import { parseE164, type E164 } from '#kernel'
import { TEST_NUMBERS } from './numbers-table.ts'

/** A number of the simulated network; `handset` rings whoever opens the handset page with it. */
export type DemoNumber = {
  readonly number: E164
  readonly name: string
  readonly behaviour: (typeof TEST_NUMBERS)[number]['behaviour'] | 'handset'
}

/** The test numbers, and the phones of everybody in the demo. */
export async function demoNumbers(directory: DirectoryStore): Promise<readonly DemoNumber[]> {
  const organizations = await directory.organizations()
  const members = (await Promise.all(organizations.map(({ id }) => directory.members(id)))).flat()
  const handsets = members.flatMap(({ phone, name }) =>
    phone === null ? [] : [{ number: phone, name, behaviour: 'handset' as const }],
  )
  const tests = TEST_NUMBERS.flatMap(({ number, ...rest }) => {
    const parsed = parseE164(number)
    return parsed === undefined ? [] : [{ ...rest, number: parsed }]
  })
  return [...tests, ...handsets]
}
