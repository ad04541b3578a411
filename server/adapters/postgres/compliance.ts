import type { Licence, LicenceStore } from '#compliance'
import { no, yes } from '#kernel'
import type { Selectable } from 'kysely'
import { type Db, violatedConstraint } from './connection.ts'
import type { Tables } from './tables.ts'

export function openLicenceStore(db: Db): LicenceStore {
  return {
    async licences() {
      const rows = await db.selectFrom('licence').selectAll().orderBy('valid_from').orderBy('id').execute()
      return rows.map(licenceFromRow)
    },
    async createLicence(licence) {
      try {
        await db.insertInto('licence').values(licenceToRow(licence)).execute()
        return yes(licence)
      } catch (error) {
        if (violatedConstraint(error) === 'licence_carrier') return no({ code: 'carrier-unknown' })
        throw error
      }
    },
  }
}

const licenceFromRow = (row: Selectable<Tables['licence']>): Licence => ({
  id: row.id,
  kind: row.kind,
  number: row.number,
  holder: row.carrier_id === null ? { kind: 'operator' } : { kind: 'carrier', carrierId: row.carrier_id },
  jurisdiction: row.jurisdiction,
  validFrom: row.valid_from,
  validUntil: row.valid_until,
  agreement: row.agreement,
})

const licenceToRow = (licence: Licence): Selectable<Tables['licence']> => ({
  id: licence.id,
  kind: licence.kind,
  number: licence.number,
  carrier_id: licence.holder.kind === 'carrier' ? licence.holder.carrierId : null,
  jurisdiction: licence.jurisdiction,
  valid_from: licence.validFrom,
  valid_until: licence.validUntil,
  agreement: licence.agreement,
})
