export * from './drain-outbox.js';
export * from './notify-tainted-owners.js';
export * from './outbox-drainer.js';
