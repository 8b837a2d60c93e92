export * from './decide-trust.js';
export * from './retract-capsule.js';
export * from './set-trust.js';
export * from './signal-trust.js';
export * from './standing.js';
export * from './taint-notice.js';
export * from './trust-history.js';
export * from './trust-level.js';
