export * from './client.js';
export * from './event-stream.js';
export * from './openapi.js';
export * from './operation.js';
export * from './operations.js';
export * from './problem.js';
export * from './schemas/capsule.js';
export * from './schemas/governance.js';
export * from './schemas/ledger.js';
export * from './schemas/lineage.js';
export * from './schemas/overlay.js';
export * from './schemas/retrieval.js';
export * from './schemas/system.js';
export * from './schemas/trust.js';
export {
  CAPSULE_TYPES as WIRE_CAPSULE_TYPES,
  RELATIONS as WIRE_RELATIONS,
  TRUST_BANDS as WIRE_TRUST_BANDS,
} from './schemas/values.js';
