import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOf, scriptsOf } from '../contract/given-cascades.js';
import { aSystem } from '../contract/given-overlays.js';

// The other behaviour of cascades is in the contract of all engines. This graph is shrunk, and so runs on the fastest.
it('[CAS-6] over whatever graph ends, and applies each publication to each subscriber at most once', async () => {
  const types = ['t0', 't1', 't2', 't3'];
  const overlays = fc.array(
    fc.record({ hears: fc.subarray(types), tells: fc.array(fc.constantFrom(...types), { maxLength: 3 }) }),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(overlays, async (graph) => {
      const { hops, longest, repeated } = await endOf(await aSystem(scriptsOf(graph)), graph, 40);
      expect(hops).toBeLessThanOrEqual(40);
      expect(longest).toBeLessThanOrEqual(5);
      expect(repeated).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
