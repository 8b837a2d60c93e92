export * from './commit-decision.js';
export * from './idempotency.js';
