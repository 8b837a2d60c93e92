export * from './canonical-json.js';
export * from './checkpoint.js';
export * from './commitment.js';
export * from './envelope.js';
export * from './events.js';
export * from './json.js';
export * from './merkle.js';
export * from './seal.js';
