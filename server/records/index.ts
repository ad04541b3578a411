export type { CallRecord, EndReason, RecordDraw, RecordLeg, RecordParty } from './record.ts'
export type { Erased, Erasure, NumberStore, RecordFilter, RecordReader, RecordStore } from './store.ts'
