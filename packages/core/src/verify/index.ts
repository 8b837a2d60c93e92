export * from './store-check.js';
export { memoryVerifySource } from './memory-verify-source.js';
export type { ErasureTest } from './verify-entries.js';
export type { Finding, FindingKind } from './verify-findings.js';
export { verifyLedger, type VerifyOptions, type VerifyProgress, type VerifyReport } from './verify-ledger.js';
export type * from './verify-source.js';
