export * from './given-events.js';
export { storeContract } from './store-contract.js';
export type { ContractEngine, EngineOptions, Expect, TestApi } from './test-api.js';
