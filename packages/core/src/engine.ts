/**
 * What an engine needs of the core: the ledger, standing, search and the ports, without use cases and pipeline. Engines
 * run in threads of their own, and each of them loads this before it can answer.
 * @module
 */
export * from './embedding/index.js';
export * from './errors.js';
export * from './ledger/index.js';
export * from './lineage/relation.js';
export * from './overlay/overlay-image.js';
export * from './overlay/overlay-record.js';
export * from './overlay/reached-overlays.js';
export * from './ports/index.js';
export * from './search/index.js';
export * from './trust/standing.js';
export * from './trust/trust-level.js';
export type * from './capsule/capsule.js';
