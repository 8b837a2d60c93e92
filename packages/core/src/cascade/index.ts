export * from './announce.js';
export * from './decide-delivery.js';
export { cascadeHandlers, DELIVERY_TOPIC } from './deliver.js';
export * from './read-cascade.js';
