import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeContract } from '../contract/index.js';
import { openMemoryStore } from './memory-store.js';

let received = 0;

storeContract(
  {
    name: 'memory',
    open: (options = {}) => openMemoryStore(options),
    receive: (options = {}) => openMemoryStore({ ...options, receive: { origin: `forge-memory/${received++}` } }),
  },
  { describe, it, expect, beforeEach, afterEach },
);
