import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveStanding, isTaintCause, type ParentStanding } from '../trust/standing.js';
import { aGraph, anEdge, aNode } from './given-graph.js';
import { RELATIONS } from './relation.js';
import { taintCauses } from './taint-causes.js';

const told = (...args: Parameters<typeof taintCauses>) =>
  taintCauses(...args).map(
    ({ cause, effect, path }) => `${effect} by ${cause.id}: ${path.map((edge) => edge.parent).join(' ')}`,
  );

describe('causes of taint', () => {
  it('[LIN-11] are named nearest first, each with a shortest way', () => {
    const graph = aGraph(
      [aNode('a'), aNode('b'), aNode('c', { retracted: true }), aNode('d', { trust: 0 }), aNode('e', { trust: 39 })],
      [anEdge('a', 'b'), anEdge('a', 'c', 'merge'), anEdge('b', 'c'), anEdge('b', 'd', 'citation'), anEdge('c', 'e')],
    );
    expect(told(graph)).toEqual(['tainted by c: c', 'warned by d: b d', 'tainted by e: c e']);
    expect(told(graph, 1)).toEqual(['tainted by c: c']);
  });

  it('[LIN-11] taint rather than warn when there is any such way', () => {
    const graph = aGraph(
      [aNode('a'), aNode('b'), aNode('c', { trust: 0 })],
      [anEdge('a', 'c', 'citation'), anEdge('a', 'b'), anEdge('b', 'c')],
    );
    expect(told(graph)).toEqual(['tainted by c: b c']);
  });

  it('[LIN-11] are not the root itself, nor what lies behind a correction or refutation', () => {
    const bad = { trust: 0 };
    const graph = aGraph(
      [aNode('a', bad), aNode('b', bad), aNode('c', bad)],
      [anEdge('a', 'b', 'correction'), anEdge('a', 'c', 'refutes')],
    );
    expect(told(graph)).toEqual([]);
    expect(told(aGraph([aNode('a'), aNode('b', bad)], [anEdge('b', 'a')], 'descendants'))).toEqual([]);
  });

  it('[LIN-11] exist exactly when the recurrence taints or warns', () => {
    const size = 7;
    const someEdges = fc.uniqueArray(
      fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.constantFrom(...RELATIONS)).filter(([a, b]) => a < b),
      { maxLength: 14, selector: ([a, b]) => `${a} ${b}` },
    );
    const someTrust = fc.array(fc.constantFrom(0, 60, 60, 60), { minLength: size, maxLength: size });
    fc.assert(
      fc.property(someEdges, someTrust, (pairs, trust) => {
        const nodes = trust.map((value, i) => aNode(`n${i}`, { trust: value }));
        const edges = pairs.map(([a, b, relation]) => anEdge(`n${a}`, `n${b}`, relation));
        const standing = new Map<string, ParentStanding>();
        for (const node of nodes.toReversed()) {
          const parents = edges
            .filter(({ child }) => child === node.id)
            .map(({ parent, relation }) => {
              return { ...(standing.get(parent) as ParentStanding), relation };
            });
          standing.set(node.id, { ...node, ...deriveStanding(node, parents), relation: 'fork' });
        }
        const causes = taintCauses(aGraph(nodes, edges));
        const root = standing.get('n0') as ParentStanding;
        expect(causes.some(({ effect }) => effect === 'tainted')).toBe(root.tainted);
        if (causes.some(({ effect }) => effect === 'warned')) expect(root.warned).toBe(true);
        if (root.warned) expect(causes.length).toBeGreaterThan(0);
        for (const { cause, path } of causes) {
          expect(isTaintCause(cause)).toBe(true);
          expect(path.at(0)?.child).toBe('n0');
          expect(path.at(-1)?.parent).toBe(cause.id);
          path.slice(1).forEach((edge, i) => expect(edge.child).toBe(path[i]?.parent));
        }
      }),
    );
  });
});
