import type { RuleTable } from './rule.ts'

const CATALOGUE = '电信业务分类目录（2015年版）'
const STATEMENT = 'MIIT’s statement of 2016-06-23: voice end to end, IP telephony and Internet voice are licensed apart'

export const CN: RuleTable = {
  note: 'Our reading of the catalogue of 2015 and of the regulator’s statement of June 2016. Ask counsel.',
  unruled: 'unlawful',
  rules: [
    {
      id: 'cn-voice',
      paths: ['telephone'],
      parties: { from: 2, to: 2 },
      reach: 'any',
      licences: ['voice'],
      whose: 'provider',
      source: `${CATALOGUE}, A11 and A12: voice over the telephone network end to end; ${STATEMENT}`,
    },
    {
      id: 'cn-ip-telephony',
      paths: ['ip-telephony'],
      parties: { from: 2, to: 2 },
      reach: 'any',
      licences: ['ip-telephony'],
      whose: 'provider',
      source: `${CATALOGUE}, A15: IP telephony, by the telephone network and the Internet jointly; ${STATEMENT}`,
    },
    {
      id: 'cn-multi-party-telephone',
      paths: ['telephone', 'ip-telephony'],
      parties: { from: 3, to: null },
      reach: 'domestic',
      licences: ['multi-party'],
      whose: 'provider',
      source: `${CATALOGUE}, B22: domestic multi-party communication`,
    },
    {
      id: 'cn-internet',
      paths: ['internet'],
      parties: { from: 2, to: 2 },
      reach: 'any',
      licences: ['information'],
      whose: 'provider',
      source: `${CATALOGUE}, B25: information service; ${STATEMENT}`,
    },
    {
      id: 'cn-multi-party-internet',
      paths: ['internet'],
      parties: { from: 3, to: null },
      reach: 'domestic',
      licences: ['multi-party', 'information'],
      whose: 'provider',
      source: `${CATALOGUE}, B22 ("through the public network or the Internet") or B25`,
    },
    {
      id: 'cn-international',
      paths: ['telephone', 'ip-telephony'],
      parties: { from: 2, to: null },
      reach: 'international',
      licences: ['international-voice'],
      whose: 'provider-with-agreement',
      source: `${CATALOGUE}, A11-3 and A15-2: international voice is a basic carrier’s; the provider needs its written agreement`,
    },
  ],
}
