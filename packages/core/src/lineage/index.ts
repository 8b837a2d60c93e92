export * from './relation.js';
