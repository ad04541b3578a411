import type { AuditStore } from '#audit'
import type { Db } from './connection.ts'
import { timestamp } from './values.ts'

export function openAuditStore(db: Db): AuditStore {
  return {
    async append({ at, organizationId, actor, action, subjectId, detail }) {
      await db
        .insertInto('audit')
        .values({
          at: timestamp(at),
          organization_id: organizationId,
          actor,
          action,
          subject_id: subjectId,
          detail: JSON.stringify(detail),
        })
        .execute()
    },
  }
}
