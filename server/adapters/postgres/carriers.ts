import type { CarrierStore, NumberRight, Trunk } from '#carriers'
import { type E164, no, type OrganizationId, yes } from '#kernel'
import type { Insertable, Selectable } from 'kysely'
import { inTransaction, type Db, violatedConstraint } from './connection.ts'
import type { Tables } from './tables.ts'
import { asTimestamp, maybeTimestamp, timestamp } from './values.ts'

export function openCarrierStore(db: Db): CarrierStore {
  return {
    carriers: () => db.selectFrom('carrier').selectAll().orderBy('name').execute(),
    async createCarrier(carrier) {
      try {
        await db.insertInto('carrier').values(carrier).execute()
        return yes(carrier)
      } catch (error) {
        if (violatedConstraint(error) === 'carrier_name_unique') return no({ code: 'name-taken' })
        throw error
      }
    },
    async trunks() {
      const rows = await db.selectFrom('trunk').selectAll().orderBy('priority').orderBy('id').execute()
      return rows.map(trunkFromRow)
    },
    createTrunk: (trunk) => insertTrunk(db, trunk),
    async lockTrunk(id) {
      const row = await db.selectFrom('trunk').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
      return row === undefined ? undefined : trunkFromRow(row)
    },
    changeTrunk: (trunk) => updateTrunk(db, trunk),
    async numberRights(organizationId) {
      const rows = await db
        .selectFrom('number_right')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('number')
        .orderBy('valid_from')
        .execute()
      return rows.map(numberRightFromRow)
    },
    setDefaultNumber: (organizationId, number) => updateDefaultNumber(db, organizationId, number),
    createNumberRight: (right) => insertNumberRight(db, right),
  }
}

async function insertTrunk(db: Db, trunk: Trunk): ReturnType<CarrierStore['createTrunk']> {
  try {
    await db.insertInto('trunk').values(trunkToRow(trunk)).execute()
    return yes(trunk)
  } catch (error) {
    const violated = violatedConstraint(error)
    if (violated === 'trunk_name_unique') return no({ code: 'name-taken' })
    if (violated === 'trunk_carrier') return no({ code: 'carrier-unknown' })
    throw error
  }
}

async function updateTrunk(db: Db, trunk: Trunk): ReturnType<CarrierStore['changeTrunk']> {
  try {
    await db.updateTable('trunk').set(trunkToRow(trunk)).where('id', '=', trunk.id).execute()
    return yes(trunk)
  } catch (error) {
    if (violatedConstraint(error) === 'trunk_name_unique') return no({ code: 'name-taken' })
    throw error
  }
}

/** A new default takes the place of the old one; the same right again renews it. */
async function insertNumberRight(db: Db, right: NumberRight): ReturnType<CarrierStore['createNumberRight']> {
  const { proof, isDefault } = right
  const renewed = { proof, is_default: isDefault, valid_until: maybeTimestamp(right.validUntil) }
  try {
    await inTransaction(db, async (transaction) => {
      if (isDefault) {
        await transaction
          .updateTable('number_right')
          .set({ is_default: false })
          .where('organization_id', '=', right.organizationId)
          .where('is_default', '=', true)
          .execute()
      }
      await transaction
        .insertInto('number_right')
        .values({
          organization_id: right.organizationId,
          number: right.number,
          valid_from: timestamp(right.validFrom),
          ...renewed,
        })
        .onConflict((conflict) => conflict.columns(['organization_id', 'number', 'valid_from']).doUpdateSet(renewed))
        .execute()
    })
    return yes(right)
  } catch (error) {
    if (violatedConstraint(error) === 'number_right_exclusive')
      return no({ code: 'number-taken', number: right.number })
    throw error
  }
}

/** Of several rights to the number it is the latest that is shown. */
async function updateDefaultNumber(db: Db, organizationId: OrganizationId, number: E164): Promise<boolean> {
  return inTransaction(db, async (transaction) => {
    const rights = transaction.selectFrom('number_right').where('organization_id', '=', organizationId)
    const latest = await rights
      .select('valid_from')
      .where('number', '=', number)
      .orderBy('valid_from', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (latest === undefined) return false
    const ofOrganization = () => transaction.updateTable('number_right').where('organization_id', '=', organizationId)
    await ofOrganization().set({ is_default: false }).where('is_default', '=', true).execute()
    await ofOrganization()
      .set({ is_default: true })
      .where('number', '=', number)
      .where('valid_from', '=', asTimestamp(latest.valid_from))
      .execute()
    return true
  })
}

const numberRightFromRow = (row: Selectable<Tables['number_right']>): NumberRight => ({
  number: row.number,
  organizationId: row.organization_id,
  proof: row.proof,
  validFrom: row.valid_from,
  validUntil: row.valid_until,
  isDefault: row.is_default,
})

const trunkFromRow = (row: Selectable<Tables['trunk']>): Trunk => ({
  id: row.id,
  carrierId: row.carrier_id,
  name: row.name,
  host: row.host,
  port: row.port,
  transport: row.transport,
  auth: row.auth,
  registers: row.registers,
  numberFormat: row.number_format,
  callerIdFormat: row.caller_id_format,
  fromUser: row.from_user,
  fromDomain: row.from_domain,
  outboundProxy: row.outbound_proxy,
  qualifyIntervalS: row.qualify_interval_s,
  zones: row.zones,
  priority: row.priority,
  failsOverOnTimeout: row.fails_over_on_timeout,
  standing: row.standing,
})

const trunkToRow = (trunk: Trunk): Insertable<Tables['trunk']> => ({
  id: trunk.id,
  carrier_id: trunk.carrierId,
  name: trunk.name,
  host: trunk.host,
  port: trunk.port,
  transport: trunk.transport,
  auth: JSON.stringify(trunk.auth),
  registers: trunk.registers,
  number_format: trunk.numberFormat,
  caller_id_format: trunk.callerIdFormat,
  from_user: trunk.fromUser,
  from_domain: trunk.fromDomain,
  outbound_proxy: trunk.outboundProxy,
  qualify_interval_s: trunk.qualifyIntervalS,
  zones: trunk.zones,
  priority: trunk.priority,
  fails_over_on_timeout: trunk.failsOverOnTimeout,
  standing: trunk.standing,
})
