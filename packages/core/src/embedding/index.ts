export * from './checked-embeddings.js';
export * from './embedding-failure.js';
export * from './embedding-provider.js';
export * from './hashing-embedder.js';
export * from './split-passages.js';
export * from './capsule-embedder.js';
export * from './semantic-search.js';
