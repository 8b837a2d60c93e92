import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeContract } from '../contract/index.js';
import { openMemoryStore } from './memory-store.js';

storeContract(
  { name: 'memory', open: (options = {}) => openMemoryStore(options) },
  { describe, it, expect, beforeEach, afterEach },
);
