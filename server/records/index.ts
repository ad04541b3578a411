export type { CallRecord, EndReason, RecordDraw, RecordLeg } from './record.ts'
export type { RecordFilter, RecordReader, RecordStore } from './store.ts'
