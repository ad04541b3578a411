import type { Config } from './config.ts'

const variable = 'TANDEM_HANDED_OVER'

/** What root read, for the plain user who goes on and may not read it. */
export function handOver(config: Config): Record<string, string> {
  return { [variable]: JSON.stringify(config) }
}

/** `null`: nobody was before us. */
export function takeHandedOver(): Config | null {
  const text = process.env[variable]
  delete process.env[variable]
  return text === undefined ? null : (JSON.parse(text) as Config)
}
