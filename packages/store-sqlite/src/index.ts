export * from './sqlite-store.js';
export * from './verify/verify-data-folder.js';
