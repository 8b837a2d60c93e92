export * from './answer-settings.js';
export * from './build-server.js';
export * from './config.js';
export * from './log.js';
export * from './providers/embeddings/index.js';
export * from './serve.js';
export * from './server-file.js';
export * from './token.js';
export { verifyDataFolder } from '@forge-cascade/store-sqlite';
