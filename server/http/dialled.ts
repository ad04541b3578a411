import { parsePhoneNumber, type CountryCode, type E164 } from '#kernel'

/** The number behind what was typed; `null` for service codes and for what is no number. */
export const parseDialled = (dialled: string, country: CountryCode): E164 | null =>
  parsePhoneNumber(dialled, country)?.e164 ?? null
