export type { AuditEntry, AuditStore } from './entry.ts'
