export { openNeo4jStore, type Neo4jStoreOptions } from './neo4j-store.js';
export type { ConnectionOptions } from './connection.js';
export type { LedgerOptions } from './open-ledger.js';
export * from './verify/check-neo4j-store.js';
export * from './verify/verify-neo4j-store.js';
