import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startOrder, unmetDependencies } from './dependencies.js';

const overlay = (id: string, ...needs: string[]) => ({
  id,
  version: '1.2.0',
  dependencies: needs.map((need) => ({ id: need, version: '*' })),
});

describe('dependencies', () => {
  it('[OVL-3] come first when starting, otherwise the order is that of ids', () => {
    const order = startOrder([overlay('a', 'c'), overlay('d'), overlay('c', 'b', 'gone'), overlay('b')]);
    expect(order.map(({ id }) => id)).toEqual(['b', 'c', 'a', 'd']);
  });

  it('[OVL-3] in a circle are refused with the circle', () => {
    expect(() => startOrder([overlay('x', 'a'), overlay('a', 'b'), overlay('b', 'c'), overlay('c', 'a')])).toThrowError(
      expect.objectContaining({ code: 'STATE_CONFLICT', details: { cycle: ['a', 'b', 'c', 'a'] } }) as Error,
    );
  });

  it('[OVL-3] of any shape give an order that honours them all, or a circle of them', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const graph = fc.array(fc.subarray(ids), { minLength: ids.length, maxLength: ids.length });
    fc.assert(
      fc.property(graph, (needs) => {
        const overlays = ids.map((id, i) => overlay(id, ...(needs[i] ?? []).filter((need) => need !== id)));
        try {
          const order = startOrder(overlays).map(({ id }) => id);
          expect([...order].sort()).toEqual(ids);
          for (const { id, dependencies } of overlays) {
            for (const need of dependencies) expect(order.indexOf(need.id)).toBeLessThan(order.indexOf(id));
          }
        } catch (error) {
          const { cycle } = (error as { details: { cycle: string[] } }).details;
          expect(cycle.at(0)).toBe(cycle.at(-1));
          cycle.slice(1).forEach((need, i) => {
            expect(overlays.find(({ id }) => id === cycle[i])?.dependencies.map(({ id }) => id)).toContain(need);
          });
        }
      }),
    );
  });

  it('[OVL-3] that are missing or of another version are named', () => {
    const wanting = {
      ...overlay('a'),
      dependencies: [
        { id: 'b', version: '^1.0.0' },
        { id: 'c', version: '~1.1.0' },
        { id: 'd', version: '*' },
      ],
    };
    expect(unmetDependencies(wanting, [overlay('b'), overlay('c')])).toEqual([
      'c is active in version 1.2.0, not in ~1.1.0',
      'd * is not active',
    ]);
  });
});
