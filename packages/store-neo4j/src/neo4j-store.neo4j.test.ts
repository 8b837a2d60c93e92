import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeContract } from '@forge-cascade/core/contract';
import { GivenStores } from './testing/given-databases.js';

const stores = new GivenStores();

storeContract(
  {
    name: 'neo4j',
    open: (options) => stores.open(options),
    receive: (options) => stores.receive(options),
    reopen: (store) => stores.reopen(store),
  },
  { describe, it, expect, beforeEach, afterEach },
);
