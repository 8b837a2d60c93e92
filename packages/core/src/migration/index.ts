export * from './migrate-store.js';
