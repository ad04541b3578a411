export type { AuditEntry, AuditStore, AuditValue } from './entry.ts'
