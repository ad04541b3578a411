import type { CountryCode } from '#kernel'

/** The emergency numbers of one place, and who says so. */
export type EmergencyNumbers = { readonly numbers: readonly string[]; readonly source: string }

/**
 * Emergency everywhere: what a phone must know without a network's help. A person in distress dials the number of
 * home, and the native dialler turns it into an emergency call.
 */
export const UNIVERSAL_EMERGENCY: EmergencyNumbers = {
  numbers: ['112', '911'],
  source: '3GPP TS 22.101, 10.1.1: numbers that every phone treats as emergency calls',
}

/** Where a country is not in the table, all numbers that a phone without a SIM treats as emergency calls count. */
export const UNLISTED_EMERGENCY: EmergencyNumbers = {
  numbers: ['000', '08', '110', '118', '119', '999'],
  source: '3GPP TS 22.101, 10.1.1: numbers of a phone without a SIM',
}

/** Several of these countries oblige a provider of telephony to carry such calls: see the folder's README. */
export const EMERGENCY_NUMBERS: { readonly [country: CountryCode]: EmergencyNumbers } = {
  AU: { numbers: ['000', '106'], source: 'Telecommunications (Emergency Call Service) Determination 2019' },
  CA: { numbers: ['911'], source: 'CRTC, 9-1-1 services' },
  CN: {
    numbers: ['110', '119', '120', '122', '999'],
    source: 'MIIT, 电信网编号计划 (2017年版): 110, 119, 120, 122; 999: Red Cross ambulance in Beijing',
  },
  DE: { numbers: ['110'], source: 'Telekommunikationsgesetz § 164: 110 beside 112' },
  FR: { numbers: ['15', '17', '18', '114', '115', '119', '191', '196'], source: 'ARCEP, numéros d’urgence' },
  GB: { numbers: ['999'], source: 'Ofcom, National Telephone Numbering Plan' },
  HK: { numbers: ['999', '992'], source: 'OFCA, Numbering Plan; 992: by text, for the deaf' },
  IN: { numbers: ['100', '101', '102', '108'], source: 'DoT, National Numbering Plan 2003: beside 112' },
  JP: { numbers: ['110', '118', '119'], source: 'MIC, Telecommunications Numbering Plan: emergency communications' },
  KR: { numbers: ['112', '119', '122'], source: 'MSIT, Numbering Plan: special numbers' },
  MO: { numbers: ['999', '110', '112', '993'], source: 'CTT, numbering plan' },
  SG: { numbers: ['995', '999'], source: 'IMDA, National Numbering Plan' },
  TW: { numbers: ['110', '118', '119'], source: 'NCC, numbering plan' },
  US: {
    numbers: ['911', '988'],
    source: '47 CFR 52.200: 988 crisis lifeline; 911: Wireless Communications and Public Safety Act',
  },
}
