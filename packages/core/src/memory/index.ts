export { MemoryState, headOf } from './memory-state.js';
export type { CapsuleState, MemoryStateOptions, SeriesState, StateEdge, StateEntry } from './memory-state.js';
export { openMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { memoryVerifySource } from './memory-verify-source.js';
export * from '../ledger/verify-source.js';
export { verifyLedger, type VerifyOptions, type VerifyProgress, type VerifyReport } from '../ledger/verify.js';
export type { ErasureTest } from '../ledger/verify-entries.js';
export type { Finding, FindingKind } from '../ledger/verify-findings.js';
