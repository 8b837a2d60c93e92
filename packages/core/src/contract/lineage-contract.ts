/** Walking the lineage in both directions. @module */
import type { LineageGraph } from '../ports/lineage-reader.js';
import { aCapsule, aVersionOf, archivalOf, retractionOf, written, type GivenCapsule } from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function lineageContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('lineage', () => {
    const subject = freshStore(engine, t);
    const from = (parents: readonly GivenCapsule[], relation: 'fork' | 'merge' | 'citation' = 'fork') =>
      aCapsule({ derivedFrom: parents.map(({ id }) => ({ id, relation })) });
    const places = (graph: LineageGraph | null) => graph?.nodes.map(({ id, depth }) => [id, depth]);
    const pairs = (graph: LineageGraph | null) => graph?.edges.map(({ child, parent }) => [child, parent]);

    it('[STO-27] walks to the ancestors and to the descendants of a version', async () => {
      const { store } = subject;
      const a = aCapsule({ title: 'Root', type: 'decision', collection: 'adr', position: 3, trust: 75 });
      const b = aVersionOf(a, { changes: ['title', 'content'] });
      await written(store, a);
      subject.now += 1000;
      await written(store, b);
      const c = aCapsule({ derivedFrom: [{ id: b.id, relation: 'summary', reason: 'for the board' }] });
      subject.now += 1000;
      await written(store, c, archivalOf(b));
      const up = await store.lineage(c.id, 'ancestors', null);
      expect(up).toMatchObject({ root: c.id, direction: 'ancestors', truncated: false });
      expect(places(up)).toEqual([
        [c.id, 0],
        [b.id, 1],
        [a.id, 2],
      ]);
      expect(up?.edges).toEqual([
        {
          child: b.id,
          parent: a.id,
          relation: 'version',
          reason: null,
          timestamp: timeOf(START + 1000),
          changes: ['title', 'content'],
        },
        {
          child: c.id,
          parent: b.id,
          relation: 'summary',
          reason: 'for the board',
          timestamp: timeOf(START + 2000),
          changes: [],
        },
      ]);
      expect(up?.nodes[2]).toEqual({
        seq: 2,
        id: a.id,
        seriesId: a.seriesId,
        version: '1.0.0',
        type: 'decision',
        title: 'Root',
        collection: 'adr',
        position: 3,
        isHead: false,
        archived: true,
        createdAt: timeOf(START),
        trust: 75,
        retracted: false,
        chainTrust: 75,
        tainted: false,
        warned: false,
        depth: 2,
      });
      const down = await store.lineage(a.id, 'descendants', null);
      expect(places(down)).toEqual([
        [a.id, 0],
        [b.id, 1],
        [c.id, 2],
      ]);
      expect(down?.edges).toEqual(up?.edges);
      expect(places(await store.lineage(c.id, 'descendants', null))).toEqual([[c.id, 0]]);
      expect(places(await store.lineage(b.id, 'ancestors', null))).toEqual([
        [b.id, 0],
        [a.id, 1],
      ]);
    });

    it('[STO-30] knows no lineage of an unknown id, nor of a series', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      await written(store, capsule);
      expect(await store.lineage('unknown', 'ancestors', null)).toBeNull();
      expect(await store.lineage(capsule.seriesId, 'descendants', null)).toBeNull();
    });

    it('[STO-28] cuts at the depth asked for and says so', async () => {
      const { store } = subject;
      const chain = [aCapsule()];
      for (let i = 1; i < 6; i++) chain.push(from([chain[i - 1] as GivenCapsule]));
      await written(store, ...chain);
      const [root, leaf] = [chain[0]?.id ?? '', chain[5]?.id ?? ''];
      const cut = await store.lineage(leaf, 'ancestors', 2);
      expect(places(cut)).toEqual([5, 4, 3].map((i, depth) => [chain[i]?.id, depth]));
      expect(pairs(cut)).toEqual([4, 5].map((i) => [chain[i]?.id, chain[i - 1]?.id]));
      expect(cut?.truncated).toBe(true);
      expect(await store.lineage(leaf, 'ancestors', 5)).toMatchObject({ truncated: false });
      expect(await store.lineage(leaf, 'ancestors', 4)).toMatchObject({ truncated: true });
      expect(await store.lineage(root, 'descendants', 4)).toMatchObject({ truncated: true });
      expect(await store.lineage(root, 'descendants', 5)).toMatchObject({ truncated: false });
      const none = await store.lineage(root, 'descendants', 0);
      expect([places(none), pairs(none), none?.truncated]).toEqual([[[root, 0]], [], true]);
    });

    it('[STO-29] gives each node of a diamond once, at its least depth, and every edge between nodes', async () => {
      const { store } = subject;
      const a = aCapsule();
      const b = from([a]);
      const c = from([b]);
      const d = from([c, a], 'merge');
      await written(store, a, b, c, d);
      const up = await store.lineage(d.id, 'ancestors', null);
      expect(places(up)).toEqual([
        [d.id, 0],
        [a.id, 1],
        [c.id, 1],
        [b.id, 2],
      ]);
      const edges = [
        [b.id, a.id],
        [c.id, b.id],
        [d.id, c.id],
        [d.id, a.id],
      ];
      expect(pairs(up)).toEqual(edges);
      const down = await store.lineage(a.id, 'descendants', null);
      expect(places(down)).toEqual([
        [a.id, 0],
        [b.id, 1],
        [d.id, 1],
        [c.id, 2],
      ]);
      expect(pairs(down)).toEqual(edges);
      // An edge between two nodes shown belongs to the picture, also where the walk did not take it.
      expect(pairs(await store.lineage(d.id, 'ancestors', 1))).toEqual(edges.slice(2));
    });

    it('[STO-29] keeps many parents, and several relations to one parent, in the order declared', async () => {
      const { store } = subject;
      const parents = Array.from({ length: 40 }, () => aCapsule());
      const [first] = parents;
      const shuffled = [...parents].reverse();
      const child = aCapsule({
        derivedFrom: [
          ...shuffled.map(({ id }, i) => ({ id, relation: 'merge' as const, reason: `source ${i}` })),
          { id: first?.id ?? '', relation: 'citation' as const },
        ],
      });
      await written(store, ...parents, child);
      const up = await store.lineage(child.id, 'ancestors', null);
      expect(places(up)).toEqual([[child.id, 0], ...parents.map(({ id }) => [id, 1])]);
      expect(up?.edges.map(({ parent, relation, reason }) => [parent, relation, reason])).toEqual([
        ...shuffled.map(({ id }, i) => [id, 'merge', `source ${i}`]),
        [first?.id, 'citation', null],
      ]);
      expect(places(await store.lineage(first?.id ?? '', 'descendants', null))).toEqual([
        [first?.id, 0],
        [child.id, 1],
      ]);
    });

    it('[STO-27] walks on through archived and retracted capsules', async () => {
      const { store } = subject;
      const a = aCapsule();
      const b = from([a]);
      const c = from([b]);
      await written(store, a, b, c, archivalOf(b), retractionOf(b));
      const up = await store.lineage(c.id, 'ancestors', null);
      expect(up?.nodes.map(({ id, archived, retracted }) => [id, archived, retracted])).toEqual([
        [c.id, false, false],
        [b.id, true, true],
        [a.id, false, false],
      ]);
    });

    it('[STO-28] walks a chain of 400 and a lattice with more paths than could ever be followed', async () => {
      const { store } = subject;
      const chain = [aCapsule()];
      while (chain.length < 400) chain.push(from([chain.at(-1) as GivenCapsule]));
      await written(store, ...chain);
      const graph = await store.lineage(chain.at(-1)?.id ?? '', 'ancestors', null);
      expect(graph?.nodes).toHaveLength(400);
      expect(graph?.nodes.at(-1)?.depth).toBe(399);
      // 2^60 paths: only a walk that visits each node once comes back.
      const lattice = [[aCapsule(), aCapsule()]];
      for (let level = 1; level < 60; level++) {
        const above = lattice[level - 1] ?? [];
        lattice.push([from(above), from(above)]);
      }
      await written(store, ...lattice.flat());
      const up = await store.lineage(lattice.at(-1)?.[0]?.id ?? '', 'ancestors', null);
      expect(up?.nodes).toHaveLength(119);
      expect(up?.edges).toHaveLength(2 + 4 * 58);
      expect(up?.nodes.at(-1)?.depth).toBe(59);
    });
  });
}
