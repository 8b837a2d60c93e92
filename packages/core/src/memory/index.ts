export { MemoryState, headOf } from './memory-state.js';
export type { CapsuleState, MemoryStateOptions, SeriesState, StateEdge, StateEntry } from './memory-state.js';
export { openMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.js';
