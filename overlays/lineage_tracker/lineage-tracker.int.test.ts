import { fileURLToPath } from 'node:url';
import { MemoryHost, openOverlay } from '@forge-cascade/overlay-sdk/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

interface Layout {
  readonly layers: number;
  readonly width: number;
  readonly crossings: number;
  readonly nodes: readonly { readonly id: string; readonly x: number; readonly y: number }[];
}

const node = (id: string, trust = 80, more: object = {}) => ({ id, trust_level: trust, retracted: false, ...more });
const edge = (child: string, parent: string, relation = 'version') => ({ child, parent, relation });
const lineage = (nodes: object[], edges: object[], truncated = false) => ({ lineage: { nodes, edges, truncated } });

describe('lineage_tracker', () => {
  let overlay: Awaited<ReturnType<typeof openOverlay>>;

  beforeAll(async () => {
    overlay = await openOverlay(FOLDER);
  });

  const chain = [edge('a', 'b'), edge('b', 'c', 'fork')];

  it('[OLT-1] names the weakest link, the depth and the sources of a chain', () => {
    expect(overlay.run('grade', lineage([node('a', 100), node('b', 60), node('c', 80)], chain))).toEqual({
      id: 'a',
      grade: 'fair',
      chain_trust: 60,
      weakest: { id: 'b', trust: 60, depth: 1 },
      depth: 2,
      links: 3,
      nodes: 3,
      sources: ['c'],
      source_count: 1,
      tainted_by: [],
      warned_by: [],
      breaks: [],
      truncated: false,
    });
  });

  it.each([
    ['sound', lineage([node('a'), node('b'), node('c')], chain)],
    ['fair', lineage([node('a'), node('b'), node('c')], chain, true)],
    ['weak', lineage([node('a'), node('b', 40), node('c')], chain)],
    ['tainted', lineage([node('a'), node('b'), node('c', 10)], chain)],
    ['tainted', lineage([node('a'), node('b', 80, { retracted: true }), node('c')], chain)],
    ['broken', lineage([node('a'), node('b')], chain)],
    ['sound', lineage([node('a'), node('b', 0)], [edge('a', 'b', 'citation')])],
    ['sound', lineage([node('a'), node('b', 0)], [edge('a', 'b', 'correction')])],
    ['sound', lineage([node('a')], [edge('a', 'b', 'citation')])],
  ])('[OLT-2] grades %s', (grade, given) => {
    expect(overlay.run('grade', given)).toMatchObject({ grade });
  });

  it('[OLT-2] names what taints, what warns, and where the chain breaks', () => {
    const nodes = [node('a'), node('b', 0), node('c', 0), node('d')];
    const edges = [edge('a', 'b'), edge('a', 'c', 'citation'), edge('a', 'd', 'merge'), edge('d', 'gone', 'summary')];
    expect(overlay.run('grade', lineage(nodes, edges))).toMatchObject({
      grade: 'tainted',
      tainted_by: ['b'],
      warned_by: ['c'],
      breaks: [{ child: 'd', parent: 'gone', relation: 'summary' }],
      sources: ['b', 'c'],
    });
  });

  it('[OLT-3] asks the host for the lineage of an id, and passes on that there is none', async () => {
    const asked: unknown[] = [];
    const host = new MemoryHost({
      operations: {
        'capsule.lineage': (args) => {
          asked.push(args);
          return args['id'] === 'a' ? lineage([node('a'), node('b'), node('c')], chain).lineage : null;
        },
      },
    });
    const asking = await openOverlay(FOLDER, host.answer);
    expect(asking.run('grade', { id: 'a', depth: 3 })).toMatchObject({ grade: 'sound' });
    expect(asking.run('layout', { id: 'a', direction: 'descendants' })).toMatchObject({ layers: 3 });
    expect(asking.run('grade', { id: 'z' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(asking.run('layout', {})).toMatchObject({ error: { code: 'INVALID' } });
    expect(asked).toEqual([
      { id: 'a', direction: 'ancestors', depth: 3 },
      { id: 'a', direction: 'descendants' },
      { id: 'z', direction: 'ancestors' },
    ]);
  });

  it('[OLT-4] uncrosses what can be uncrossed', () => {
    const nodes = ['r', 'a', 'b', 'x', 'y'].map((id) => node(id));
    const edges = [edge('r', 'a'), edge('r', 'b'), edge('a', 'y'), edge('b', 'x')];
    expect(overlay.run('layout', lineage(nodes, edges))).toMatchObject({ layers: 3, width: 2, crossings: 0 });
  });

  it('[OLT-4] puts every parent above its children, every node in a place of its own, and twice the same', () => {
    const graph = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 }),
      }),
    );
    fc.assert(
      fc.property(graph, ({ count, pairs }) => {
        const nodes = Array.from({ length: count }, (_, i) => node(`n${i}`));
        const edges = pairs.filter(([a, b]) => a < b).map(([a, b]) => edge(`n${a}`, `n${b}`));
        const input = lineage(nodes, edges);
        const result = overlay.run('layout', input) as Layout;
        const places = new Map(result.nodes.map(({ id, x, y }) => [id, { x, y }]));
        for (const { child, parent } of edges) {
          expect(places.get(parent)?.y).toBeGreaterThan(places.get(child)?.y ?? Infinity);
        }
        expect(new Set(result.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
        expect(overlay.run('layout', input)).toEqual(result);
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it('[OLT-5] refuses more nodes than anyone can look at, and grades them all the same', () => {
    const count = 3_000;
    const nodes = Array.from({ length: count }, (_, i) => node(`n${i}`, 100 - (i % 40)));
    const edges = nodes.slice(1).map(({ id }, i) => edge(`n${i}`, id));
    const input = lineage(nodes, edges);
    expect(overlay.run('layout', input)).toMatchObject({ error: { code: 'LIMIT' } });
    expect(overlay.run('grade', input)).toMatchObject({
      depth: count - 1,
      links: count,
      chain_trust: 61,
      grade: 'fair',
    });
  });
});
