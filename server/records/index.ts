export type { CallRecord, EndReason, RecordDraw, RecordLeg } from './record.ts'
export type { RecordFilter, RecordStore } from './store.ts'
