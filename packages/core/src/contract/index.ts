export * from './given-events.js';
export { compareAnswers, compareStores, type CompareOptions } from './compare-stores.js';
export { randomHistory, seededHistory, type History, type HistorySeed, type HistoryStep } from './random-history.js';
export { storeContract } from './store-contract.js';
export type { ContractEngine, EngineOptions, Expect, TestApi } from './test-api.js';
export * from './given-runner.js';
export * from './given-overlays.js';
export { laidOver } from './laid-over.js';
