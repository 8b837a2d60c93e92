export * from './tenure.js';
