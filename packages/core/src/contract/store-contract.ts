/**
 * The suite every engine passes. It takes the test runner as an argument, so that an engine's own test file decides
 * what it runs on.
 * @module
 */
import { capsuleContract } from './capsule-contract.js';
import { cascadeContract } from './cascade-contract.js';
import { commitContract } from './commit-contract.js';
import { ledgerContract } from './ledger-contract.js';
import { lifecycleContract } from './lifecycle-contract.js';
import { lineageContract } from './lineage-contract.js';
import { overlayContract } from './overlay-contract.js';
import { overlayLifecycleContract } from './overlay-lifecycle-contract.js';
import { overlayReplayContract } from './overlay-replay-contract.js';
import { overlayRunContract } from './overlay-run-contract.js';
import { replicaContract } from './replica-contract.js';
import { searchContract } from './search-contract.js';
import { standingContract } from './standing-contract.js';
import type { ContractEngine, TestApi } from './test-api.js';
import { vectorContract } from './vector-contract.js';
import { whyNotContract } from './why-not-contract.js';
import { workContract } from './work-contract.js';

/** Registers the contract tests of an engine under the title `contract on <name>`. */
export function storeContract(engine: ContractEngine, t: TestApi): void {
  t.describe(`contract on ${engine.name}`, () => {
    commitContract(engine, t);
    workContract(engine, t);
    capsuleContract(engine, t);
    lineageContract(engine, t);
    standingContract(engine, t);
    searchContract(engine, t);
    vectorContract(engine, t);
    whyNotContract(engine, t);
    ledgerContract(engine, t);
    lifecycleContract(engine, t);
    overlayContract(engine, t);
    overlayLifecycleContract(engine, t);
    overlayRunContract(engine, t);
    overlayReplayContract(engine, t);
    cascadeContract(engine, t);
    replicaContract(engine, t);
  });
}
