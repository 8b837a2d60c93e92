export * from './capsule-reader.js';
export * from './commit-port.js';
export * from './ledger-reader.js';
export * from './lineage-reader.js';
export * from './outbox.js';
export * from './search-reader.js';
export * from './store.js';
export * from './cursor.js';
