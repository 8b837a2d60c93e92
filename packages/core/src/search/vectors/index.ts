export { VectorIndex, type NearestRequest } from './vector-index.js';
export type { NearestPassage } from './nearest-by-bound.js';
export { VECTOR_BLOB_VERSION } from './vector-blob.js';
