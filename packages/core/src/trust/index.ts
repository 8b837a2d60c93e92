export * from './standing.js';
export * from './trust-level.js';
