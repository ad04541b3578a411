export type { CallRecord, EndReason, RecordDraw, RecordLeg, RecordParty } from './record.ts'
export type { RecordFilter, RecordReader, RecordStore } from './store.ts'
