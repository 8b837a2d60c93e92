/** How trust, taint and warnings reach what rests on a capsule. @module */
import type { Relation } from '../lineage/relation.js';
import {
  aCapsule,
  aVersionOf,
  commitOf,
  reinstatementOf,
  retractionOf,
  trustChangeOf,
  written,
  type GivenCapsule,
} from './given-events.js';
import { freshStore, type ContractEngine, type TestApi } from './test-api.js';

export function standingContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('standing', () => {
    const subject = freshStore(engine, t);
    const from = (parent: GivenCapsule, relation: Relation = 'fork', trust = 90) =>
      aCapsule({ trust, derivedFrom: [{ id: parent.id, relation }] });
    /** `[own trust, chain trust, marks]` of each capsule, once all changes have arrived. */
    const standing = async (...capsules: readonly GivenCapsule[]) => {
      await subject.store.settled();
      const records = await subject.store.capsules(capsules.map(({ id }) => id));
      return records.map((r) => [r?.trust, r?.chainTrust, `${r?.tainted ? 'T' : ''}${r?.warned ? 'W' : ''}`]);
    };

    it('[STO-31] carries trust along a chain, down and up again, as far as the weakest link allows', async () => {
      const { store } = subject;
      const a = aCapsule({ trust: 90 });
      const b = from(a, 'fork', 70);
      const c = from(b, 'summary', 95);
      const d = from(c, 'merge', 80);
      await written(store, a, b, c, d);
      expect(await standing(a, b, c, d)).toEqual([
        [90, 90, ''],
        [70, 70, ''],
        [95, 70, ''],
        [80, 70, ''],
      ]);
      await written(store, trustChangeOf(a, 90, 50));
      expect(await standing(a, b, c, d)).toEqual([
        [50, 50, ''],
        [70, 50, ''],
        [95, 50, ''],
        [80, 50, ''],
      ]);
      await written(store, trustChangeOf(b, 70, 85));
      expect(await standing(b, c, d)).toEqual([
        [85, 50, ''],
        [95, 50, ''],
        [80, 50, ''],
      ]);
      await written(store, trustChangeOf(a, 50, 100));
      expect(await standing(a, b, c, d)).toEqual([
        [100, 100, ''],
        [85, 85, ''],
        [95, 85, ''],
        [80, 80, ''],
      ]);
    });

    it('[STO-31] takes the least of many parents, and recovers only when the last of them does', async () => {
      const { store } = subject;
      const [a, b] = [aCapsule({ trust: 80 }), aCapsule({ trust: 90 })];
      const child = aCapsule({ trust: 95, derivedFrom: [a, b].map(({ id }) => ({ id, relation: 'merge' as const })) });
      const leaf = from(child, 'fork', 100);
      await written(store, a, b, child, leaf);
      expect(await standing(child, leaf)).toEqual([
        [95, 80, ''],
        [100, 80, ''],
      ]);
      await written(store, trustChangeOf(a, 80, 20, 'quarantine'), trustChangeOf(b, 90, 30, 'quarantine'));
      expect(await standing(child, leaf)).toEqual([
        [95, 20, 'T'],
        [100, 20, 'T'],
      ]);
      await written(store, trustChangeOf(a, 20, 80, 'release'));
      expect(await standing(child, leaf)).toEqual([
        [95, 30, 'T'],
        [100, 30, 'T'],
      ]);
      await written(store, trustChangeOf(b, 30, 90, 'release'));
      expect(await standing(child, leaf)).toEqual([
        [95, 80, ''],
        [100, 80, ''],
      ]);
    });

    it('[STO-32] taints what rests on a quarantined or retracted capsule, and lifts it with the cause', async () => {
      const { store } = subject;
      const a = aCapsule({ trust: 90 });
      const b = aVersionOf(a, { trust: 80 });
      const c = from(b);
      await written(store, a, b, c);
      await written(store, trustChangeOf(a, 90, 10, 'quarantine'));
      expect(await standing(a, b, c)).toEqual([
        [10, 10, ''],
        [80, 10, 'T'],
        [90, 10, 'T'],
      ]);
      await written(store, retractionOf(b));
      expect(await standing(b, c)).toEqual([
        [80, 10, 'T'],
        [90, 10, 'T'],
      ]);
      await written(store, trustChangeOf(a, 10, 90, 'release'));
      expect(await standing(a, b, c)).toEqual([
        [90, 90, ''],
        [80, 80, ''],
        [90, 80, 'T'],
      ]);
      expect(await store.capsule(b.id)).toMatchObject({ retracted: true });
      await written(store, reinstatementOf(b));
      expect(await standing(b, c)).toEqual([
        [80, 80, ''],
        [90, 80, ''],
      ]);
      expect(await store.capsule(b.id)).toMatchObject({ retracted: false });
    });

    it('[STO-33] warns through a citation, on to all that rests on the citing one, without costing trust', async () => {
      const { store } = subject;
      const bad = aCapsule({ trust: 90 });
      const citing = from(bad, 'citation', 80);
      const forked = from(citing, 'fork', 90);
      const citingAgain = from(forked, 'citation', 70);
      const mended = from(forked, 'correction', 70);
      await written(store, bad, citing, forked, citingAgain, mended);
      expect(await standing(citing, forked, citingAgain)).toEqual([
        [80, 80, ''],
        [90, 80, ''],
        [70, 70, ''],
      ]);
      await written(store, retractionOf(bad));
      expect(await standing(citing, forked, citingAgain)).toEqual([
        [80, 80, 'W'],
        [90, 80, 'W'],
        [70, 70, 'W'],
      ]);
      expect(await standing(mended)).toEqual([[70, 70, '']]);
      await written(store, reinstatementOf(bad));
      expect(await standing(citing, forked, citingAgain)).toEqual([
        [80, 80, ''],
        [90, 80, ''],
        [70, 70, ''],
      ]);
    });

    it('[STO-33] turns taint into a warning where a tainted capsule is cited', async () => {
      const { store } = subject;
      const bad = aCapsule({ trust: 90 });
      const tainted = from(bad);
      const citing = from(tainted, 'citation');
      await written(store, bad, tainted, citing, trustChangeOf(bad, 90, 0, 'quarantine'));
      expect(await standing(tainted, citing)).toEqual([
        [90, 0, 'T'],
        [90, 90, 'W'],
      ]);
    });

    it('[STO-33] lets nothing through a correction or a refutation', async () => {
      const { store } = subject;
      const bad = aCapsule({ trust: 20 });
      const corrected = aVersionOf(bad, { relation: 'correction', trust: 85 });
      const refuting = from(bad, 'refutes', 75);
      const versioned = aVersionOf(corrected, { trust: 80 });
      await written(store, bad, corrected, refuting, versioned);
      expect(await standing(corrected, refuting, versioned)).toEqual([
        [85, 85, ''],
        [75, 75, ''],
        [80, 80, ''],
      ]);
      await written(store, trustChangeOf(bad, 20, 5), retractionOf(bad));
      expect(await standing(corrected, refuting, versioned)).toEqual([
        [85, 85, ''],
        [75, 75, ''],
        [80, 80, ''],
      ]);
    });

    it('[STO-31] sees what its parents already suffer when it is created', async () => {
      const { store } = subject;
      const a = aCapsule({ trust: 90 });
      await written(store, a, trustChangeOf(a, 90, 30, 'quarantine'));
      const b = from(a);
      const c = from(b, 'citation');
      await written(store, b, c);
      expect(await standing(b, c)).toEqual([
        [90, 30, 'T'],
        [90, 90, 'W'],
      ]);
    });

    it('[STO-34] remembers the trust from before a quarantine until it ends', async () => {
      const { store } = subject;
      const capsule = aCapsule({ trust: 70 });
      await written(store, capsule);
      const before = async () => (await store.capsule(capsule.id))?.trustBefore;
      expect(await before()).toBeNull();
      await written(store, trustChangeOf(capsule, 70, 10, 'quarantine'));
      expect(await before()).toBe(70);
      await written(store, trustChangeOf(capsule, 10, 20));
      expect(await before()).toBe(70);
      await written(store, trustChangeOf(capsule, 20, 70, 'release'));
      expect(await before()).toBeNull();
      await written(store, trustChangeOf(capsule, 70, 10, 'quarantine'), trustChangeOf(capsule, 10, 40));
      expect(await before()).toBeNull();
      await written(store, trustChangeOf(capsule, 40, 39));
      expect(await before()).toBeNull();
    });

    it('[STO-35] shows no reader and gives no newcomer a trust that a wide decrease has taken', async () => {
      const { store } = subject;
      const WIDTH = 1500;
      const root = aCapsule({ trust: 90 });
      await written(store, root);
      const fan = Array.from({ length: WIDTH }, (_, i) =>
        aCapsule({
          trust: 90,
          content: i % 500 === 0 ? 'wombat burrow' : 'x',
          derivedFrom: [{ id: root.id, relation: 'fork' }],
        }),
      );
      for (let i = 0; i < WIDTH; i += 500) await written(store, ...fan.slice(i, i + 500));
      const deep = fan.slice(-20).map((parent) => from(parent));
      await written(store, ...deep);
      const outside = aCapsule({ trust: 90, content: 'wombat burrow' });
      await written(store, outside);

      const late = fan.slice(-5).map((parent) => from(parent));
      const [decrease] = await Promise.all([
        store.commit(commitOf([trustChangeOf(root, 90, 25, 'quarantine')])),
        // In the same breath: whichever order these take, none may end up above the decrease.
        ...late.map((capsule) => store.commit(commitOf([capsule]))),
      ]);
      expect(decrease).toMatchObject({ outcome: 'committed' });
      const newcomers = deep.map((parent) => from(parent));
      const made = store.commit(commitOf(newcomers));
      const sample = [...fan.filter((_, i) => i % 97 === 0), ...fan.slice(-20), ...deep, ...late];
      const [records, listed, found, graph, versions] = await Promise.all([
        store.capsules(sample.map(({ id }) => id)),
        store.list({ minTrust: 26 }, 500, null),
        store.search({
          query: 'wombat',
          filter: { minTrust: 26 },
          limit: 50,
          cursor: null,
          explain: false,
          includeContent: false,
        }),
        store.lineage(root.id, 'descendants', null),
        store.versions(deep.at(-1)?.seriesId ?? ''),
      ]);
      const low = { chainTrust: 25, tainted: true };
      expect(records.map((r) => ({ chainTrust: r?.chainTrust, tainted: r?.tainted }))).toEqual(sample.map(() => low));
      expect(listed.items.map(({ id }) => id)).toEqual([outside.id]);
      expect(found.items.map(({ capsule }) => capsule.id)).toEqual([outside.id]);
      expect(graph?.nodes.filter(({ chainTrust, depth }) => chainTrust > 25 && depth > 0)).toHaveLength(0);
      expect(versions[0]).toMatchObject(low);
      await made;
      const fresh = await store.capsules(newcomers.map(({ id }) => id));
      expect(fresh.map((r) => ({ chainTrust: r?.chainTrust, tainted: r?.tainted }))).toEqual(fresh.map(() => low));

      await store.settled();
      const all = await store.list({ includeRetracted: true, includeArchived: true }, 500, null);
      expect(all.items.filter(({ id, chainTrust }) => chainTrust !== 25 && id !== outside.id)).toHaveLength(0);
      expect((await store.status()).trustPropagations).toBe(0);
      await written(store, trustChangeOf(root, 25, 90, 'release'));
      await store.settled();
      const healed = await store.capsules([...sample, ...newcomers].map(({ id }) => id));
      expect(healed.filter((r) => r?.chainTrust !== 90 || r.tainted)).toHaveLength(0);
    });

    it('[STO-35] settles a second change of one root that overtakes the first', async () => {
      const { store } = subject;
      const root = aCapsule({ trust: 90 });
      const fan = Array.from({ length: 600 }, () => from(root));
      const leaf = from(fan.at(-1) as GivenCapsule);
      await written(store, root, ...fan, leaf);
      await Promise.all([
        store.commit(commitOf([trustChangeOf(root, 90, 20, 'quarantine')])),
        store.commit(commitOf([trustChangeOf(root, 20, 70, 'release')])),
        store.commit(commitOf([trustChangeOf(root, 70, 50)])),
        store.commit(commitOf([trustChangeOf(leaf, 90, 45)])),
      ]);
      expect(await standing(root, fan[0] as GivenCapsule, fan.at(-1) as GivenCapsule, leaf)).toEqual([
        [50, 50, ''],
        [90, 50, ''],
        [90, 50, ''],
        [45, 45, ''],
      ]);
    });
  });
}
