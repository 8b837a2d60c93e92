export * from './claim-reading.js';
export * from './commit-decision.js';
export * from './idempotency.js';
