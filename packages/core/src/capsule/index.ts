export * from './capsule.js';
export * from './inputs.js';
