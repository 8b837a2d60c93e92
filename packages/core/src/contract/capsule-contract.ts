/** Reading capsules: what a record says, versions, lists, filters, as-of. @module */
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import {
  aCapsule,
  aVersionOf,
  archivalOf,
  commitOf,
  GIVEN_OWNER,
  reinstatementOf,
  retractionOf,
  trustChangeOf,
  unarchivalOf,
  written,
} from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function capsuleContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('capsules', () => {
    const subject = freshStore(engine, t);

    it('[STO-18] gives back what was written, and where it stands', async () => {
      const { store } = subject;
      const parent = aCapsule({ trust: 70 });
      await written(store, parent);
      subject.now += 1000;
      const capsule = aCapsule({
        title: 'Glucose limits — für Labor Ⅲ 🧪',
        content: 'Limits are 4 to 7 mmol/L.\r\n\tSee "annex" \\ §3 🧪.',
        type: 'decision',
        key: 'limits',
        tags: ['lab', 'Glucose', 'lab/ß'],
        metadata: { source: { page: 3, checked: true, by: null }, ratios: [0.5, -1e-7, 9007199254740991] },
        collection: 'lab/limits',
        position: 4,
        trust: 80,
        validFrom: '2025-01-01T00:00:00.000Z',
        validTo: '2027-01-01T00:00:00.000Z',
        derivedFrom: [
          { id: parent.id, relation: 'summary', reason: 'shortened', changes: ['content'] },
          { id: parent.id, relation: 'citation' },
        ],
      });
      const seq = await written(store, capsule);
      const record = await store.capsule(capsule.id);
      const { summary = '', ...rest } = record ?? {};
      expect(rest).toEqual({
        seq,
        id: capsule.id,
        seriesId: capsule.seriesId,
        headId: capsule.id,
        isHead: true,
        version: '1.0.0',
        key: 'limits',
        ownerId: GIVEN_OWNER,
        parentId: parent.id,
        type: 'decision',
        title: capsule.payload.title,
        content: capsule.payload.content,
        tags: ['lab', 'Glucose', 'lab/ß'],
        metadata: capsule.payload.metadata,
        collection: 'lab/limits',
        position: 4,
        validFrom: '2025-01-01T00:00:00.000Z',
        validTo: '2027-01-01T00:00:00.000Z',
        trust: 80,
        trustBefore: null,
        chainTrust: 70,
        tainted: false,
        warned: false,
        retracted: false,
        archived: false,
        createdAt: timeOf(START + 1000),
        updatedAt: timeOf(START + 1000),
        derivedFrom: [
          { id: parent.id, relation: 'summary', reason: 'shortened' },
          { id: parent.id, relation: 'citation', reason: null },
        ],
        revision: seq,
      });
      expect(summary.startsWith('Limits are 4 to 7')).toBe(true);
    });

    it('[STO-18] gives back a long content unchanged', async () => {
      const { store } = subject;
      const content = 'An emoji 🧪, an umlaut ü, a line.\n'.repeat(20_000);
      const capsule = aCapsule({ content });
      await written(store, capsule);
      expect((await store.capsule(capsule.id))?.content === content).toBe(true);
    });

    it('[STO-19] finds a version by its id and the head by the id of its series', async () => {
      const { store } = subject;
      const first = aCapsule();
      const second = aVersionOf(first);
      await written(store, first, second);
      expect(await store.capsule(first.id)).toMatchObject({ id: first.id, isHead: false, headId: second.id });
      expect(await store.capsule(second.id)).toMatchObject({ id: second.id, isHead: true, headId: second.id });
      expect((await store.capsule(first.seriesId))?.id).toBe(second.id);
      expect(await store.capsule('no such thing')).toBeNull();
    });

    it('[STO-20] answers many ids and keys in the order asked, null where unknown', async () => {
      const { store } = subject;
      const a = aCapsule({ key: 'a' });
      const b = aCapsule({ key: 'b' });
      const a2 = aVersionOf(a);
      await written(store, a, b, a2, archivalOf(b));
      const byId = await store.capsules([b.id, 'unknown', a.id, a.seriesId, b.id]);
      expect(byId.map((c) => c?.id ?? null)).toEqual([b.id, null, a.id, null, b.id]);
      const byKey = await store.byKeys(GIVEN_OWNER, ['b', 'c', 'a']);
      expect(byKey.map((c) => c?.id ?? null)).toEqual([b.id, null, a2.id]);
      expect(await store.byKeys('somebody-else', ['a'])).toEqual([null]);
      expect(await store.capsules([])).toEqual([]);
    });

    it('[STO-20] takes up to 1,000 ids or keys at once and refuses more', async () => {
      const { store } = subject;
      const ids = Array.from({ length: 1000 }, (_, i) => `unknown-${i}`);
      expect(await store.capsules(ids)).toHaveLength(1000);
      expect(await store.byKeys(GIVEN_OWNER, ids)).toHaveLength(1000);
      await expect(store.capsules([...ids, 'one more'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await expect(store.byKeys(GIVEN_OWNER, [...ids, 'one more'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('[STO-21] lists the versions of a series newest first; the last is the head', async () => {
      const { store } = subject;
      const v1 = aCapsule({ key: 'series', title: 'One' });
      const v2 = aVersionOf(v1, { title: 'Two' });
      const v3 = aVersionOf(v2, { title: 'Three', version: '2.0.0' });
      await written(store, v1);
      await written(store, aCapsule());
      await written(store, v2, v3);
      const versions = await store.versions(v1.seriesId);
      expect(
        versions.map(({ id, version, isHead, headId, key, title }) => ({ id, version, isHead, headId, key, title })),
      ).toEqual([
        { id: v3.id, version: '2.0.0', isHead: true, headId: v3.id, key: 'series', title: 'Three' },
        { id: v2.id, version: '1.1.0', isHead: false, headId: v3.id, key: 'series', title: 'Two' },
        { id: v1.id, version: '1.0.0', isHead: false, headId: v3.id, key: 'series', title: 'One' },
      ]);
      expect(await store.versions('unknown')).toEqual([]);
      expect(await store.versions(v1.id)).toEqual([]);
    });

    it('[STO-22] dates a version by the last event about it; archiving touches the head alone', async () => {
      const { store } = subject;
      const v1 = aCapsule();
      const v2 = aVersionOf(v1);
      const updated = async () => (await store.versions(v1.seriesId)).map(({ updatedAt }) => updatedAt).reverse();
      const at = (ms: number) => timeOf(START + ms);
      await written(store, v1);
      const steps = [
        { events: [v2], expected: [0, 1000] },
        { events: [trustChangeOf(v1, 60, 70)], expected: [2000, 1000] },
        { events: [archivalOf(v1)], expected: [2000, 3000] },
        { events: [unarchivalOf(v2)], expected: [2000, 4000] },
        { events: [retractionOf(v2)], expected: [2000, 5000] },
        { events: [reinstatementOf(v2)], expected: [2000, 6000] },
        { events: [aCapsule({ derivedFrom: [{ id: v2.id, relation: 'fork' }] })], expected: [2000, 6000] },
      ];
      for (const { events, expected } of steps) {
        subject.now += 1000;
        await written(store, ...events);
        expect(await updated()).toEqual(expected.map(at));
      }
    });

    it('[STO-47] hands out answers that a caller may change without changing the store', async () => {
      const { store } = subject;
      const capsule = aCapsule({ tags: ['kept'], metadata: { kept: { deep: true } } });
      await written(store, capsule);
      const record = (await store.capsule(capsule.id)) as unknown as {
        tags: string[];
        metadata: Record<string, unknown>;
      };
      record.tags.push('added');
      (record.metadata['kept'] as Record<string, unknown>)['deep'] = false;
      expect(await store.capsule(capsule.id)).toMatchObject({ tags: ['kept'], metadata: { kept: { deep: true } } });
    });
  });

  t.describe('list', () => {
    const subject = freshStore(engine, t);
    const listed = async (filter: CapsuleFilter) =>
      (await subject.store.list(filter, 500, null)).items.map(({ id }) => id);

    it('[STO-23] pages through heads newest first; pages stay apart while writes go on', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 25 }, () => aCapsule());
      await written(store, ...capsules);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.list>> = await store.list({}, 7, cursor);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
        const touched = capsules[3];
        if (seen.length === 7 && touched !== undefined)
          await written(store, aCapsule(), aVersionOf(touched), aCapsule());
      } while (cursor !== null);
      // What was there and stays untouched appears once, in order; what changed on the way never appears twice.
      const untouched = capsules.filter((_, i) => i !== 3).map(({ id }) => id);
      expect(seen.filter((id) => id !== capsules[3]?.id)).toEqual(untouched.reverse());
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('[STO-23] says when the last page was reached', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 6 }, () => aCapsule()));
      const first = await store.list({}, 3, null);
      const second = await store.list({}, 3, first.nextCursor);
      expect([first.items.length, second.items.length, second.nextCursor]).toEqual([3, 3, null]);
      expect(await store.list({ types: ['config'] }, 3, null)).toEqual({ items: [], nextCursor: null });
    });

    it('[STO-23] refuses limits outside 1 to 500 and cursors it did not give', async () => {
      const { store } = subject;
      await written(store, aCapsule(), aCapsule());
      const invalid = { code: 'INVALID_INPUT' };
      for (const limit of [0, -1, 501, 1.5, Number.NaN])
        await expect(store.list({}, limit, null)).rejects.toMatchObject(invalid);
      for (const cursor of [
        '',
        'x',
        '!!',
        Buffer.from('[1,2').toString('base64url'),
        Buffer.from('{}').toString('base64url'),
      ]) {
        await expect(store.list({}, 5, cursor)).rejects.toMatchObject(invalid);
      }
      const foreign = await store.entries({ order: 'newest', limit: 1, cursor: null });
      await expect(store.list({}, 5, foreign.nextCursor)).rejects.toMatchObject(invalid);
    });

    it('[STO-24] shows neither archived nor retracted capsules nor old versions unless asked', async () => {
      const { store } = subject;
      const [plain, archived, retracted, old] = [aCapsule(), aCapsule(), aCapsule(), aCapsule()];
      const head = aVersionOf(old);
      await written(store, plain, archived, retracted, old, head, archivalOf(archived), retractionOf(retracted));
      expect(await listed({})).toEqual([head.id, plain.id]);
      expect(await listed({ includeArchived: true })).toEqual([head.id, archived.id, plain.id]);
      expect(await listed({ includeRetracted: true })).toEqual([head.id, retracted.id, plain.id]);
      await written(store, unarchivalOf(archived), reinstatementOf(retracted));
      expect(await listed({})).toEqual([head.id, retracted.id, archived.id, plain.id]);
    });

    it('[STO-25] narrows by type, tags, owner and collection', async () => {
      const { store } = subject;
      const a = aCapsule({ type: 'code', tags: ['x', 'y'], ownerId: 'ann', collection: 'docs/api' });
      const b = aCapsule({ type: 'decision', tags: ['x'], ownerId: 'ben', collection: 'docs/api/v2' });
      const c = aCapsule({ type: 'insight', tags: ['y', 'z'], ownerId: 'ann', collection: 'docs/apiary' });
      const d = aCapsule({ type: 'code', tags: [], ownerId: 'ben' });
      await written(store, a, b, c, d);
      expect(await listed({ types: ['code'] })).toEqual([d.id, a.id]);
      expect(await listed({ types: ['insight', 'decision'] })).toEqual([c.id, b.id]);
      expect(await listed({ types: [] })).toEqual([]);
      expect(await listed({ tags: ['x'] })).toEqual([b.id, a.id]);
      expect(await listed({ tags: ['y', 'x'] })).toEqual([a.id]);
      expect(await listed({ tags: ['X'] })).toEqual([]);
      expect(await listed({ tags: [] })).toEqual([d.id, c.id, b.id, a.id]);
      expect(await listed({ ownerId: 'ann' })).toEqual([c.id, a.id]);
      expect(await listed({ collection: 'docs/api' })).toEqual([b.id, a.id]);
      expect(await listed({ collection: 'docs' })).toEqual([c.id, b.id, a.id]);
      expect(await listed({ collection: 'doc' })).toEqual([]);
      expect(await listed({ ownerId: 'ann', types: ['code'], collection: 'docs' })).toEqual([a.id]);
    });

    it('[STO-25] treats pattern characters in a collection as letters', async () => {
      const { store } = subject;
      const wild = aCapsule({ collection: 'a%_*?/b' });
      await written(store, wild, aCapsule({ collection: 'axyz1/b' }));
      expect(await listed({ collection: 'a%_*?' })).toEqual([wild.id]);
      expect(await listed({ collection: 'a%' })).toEqual([]);
    });

    it('[STO-25] narrows by chain trust, not by own trust', async () => {
      const { store } = subject;
      const low = aCapsule({ trust: 50 });
      const child = aCapsule({ trust: 90, derivedFrom: [{ id: low.id, relation: 'fork' }] });
      const high = aCapsule({ trust: 90 });
      await written(store, low, child, high);
      expect(await listed({ minTrust: 51 })).toEqual([high.id]);
      expect(await listed({ minTrust: 50 })).toEqual([high.id, child.id, low.id]);
      await written(store, trustChangeOf(low, 50, 85));
      await store.settled();
      expect(await listed({ minTrust: 80 })).toEqual([high.id, child.id, low.id]);
    });

    it('[STO-25] narrows by creation, from inclusive and to exclusive', async () => {
      const { store } = subject;
      const capsules = [aCapsule(), aCapsule(), aCapsule()];
      for (const capsule of capsules) {
        await written(store, capsule);
        subject.now += 1000;
      }
      const [a, b, c] = capsules.map(({ id }) => id);
      expect(await listed({ createdFrom: timeOf(START + 1000) })).toEqual([c, b]);
      expect(await listed({ createdTo: timeOf(START + 1000) })).toEqual([a]);
      expect(await listed({ createdFrom: timeOf(START + 1000), createdTo: timeOf(START + 2000) })).toEqual([b]);
      expect(await listed({ createdFrom: '2026-03-01T01:00:01+01:00' })).toEqual([c, b]);
    });

    it('[STO-25] narrows by validity: from its first moment up to its last, open ends cover everything', async () => {
      const { store } = subject;
      const always = aCapsule();
      const from = aCapsule({ validFrom: '2025-01-01T00:00:00Z' });
      const to = aCapsule({ validTo: '2025-01-01T00:00:00Z' });
      const both = aCapsule({ validFrom: '2024-06-01T00:00:00+02:00', validTo: '2025-06-01T00:00:00Z' });
      await written(store, always, from, to, both);
      expect(await listed({ validAt: '2025-01-01T00:00:00Z' })).toEqual([both.id, from.id, always.id]);
      expect(await listed({ validAt: '2024-12-31T23:59:59.999Z' })).toEqual([both.id, to.id, always.id]);
      expect(await listed({ validAt: '2024-05-31T22:00:00Z' })).toEqual([both.id, to.id, always.id]);
      expect(await listed({ validAt: '2024-05-31T21:59:59Z' })).toEqual([to.id, always.id]);
      expect(await listed({ validAt: '2025-06-01T00:00:00Z' })).toEqual([from.id, always.id]);
    });

    it('[STO-25] refuses a time that is none', async () => {
      const { store } = subject;
      for (const field of ['asOf', 'validAt', 'createdFrom', 'createdTo']) {
        await expect(store.list({ [field]: 'yesterday' }, 5, null)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
    });

    it('[STO-26] shows what were heads at a recorded time, with the archive of then and the standing of now', async () => {
      const { store } = subject;
      const a = aCapsule();
      const a2 = aVersionOf(a);
      const b = aCapsule();
      const c = aCapsule();
      const history = [
        [a, b],
        [a2],
        [archivalOf(b), c],
        [unarchivalOf(b)],
        [trustChangeOf(c, 60, 30), retractionOf(a2)],
      ];
      for (const events of history) {
        await written(store, ...events);
        subject.now += 1000;
      }
      const asOf = (ms: number) => listed({ asOf: timeOf(START + ms) });
      expect(await asOf(-1)).toEqual([]);
      expect(await asOf(0)).toEqual([b.id, a.id]);
      expect(await asOf(999)).toEqual([b.id, a.id]);
      // Retraction is today's: a2 was a head then, and is withdrawn now.
      expect(await asOf(1000)).toEqual([b.id]);
      expect(await asOf(2000)).toEqual([c.id]);
      expect(await asOf(3000)).toEqual([c.id, b.id]);
      expect(await listed({ asOf: timeOf(START + 1000), includeRetracted: true })).toEqual([a2.id, b.id]);
      expect(await listed({ asOf: timeOf(START + 2000), includeArchived: true })).toEqual([c.id, b.id]);
      expect(await listed({ asOf: timeOf(START + 2000), minTrust: 40 })).toEqual([]);
    });

    it('[STO-26] keeps every time a series was archived apart', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      const steps = [capsule, archivalOf(capsule), unarchivalOf(capsule), archivalOf(capsule), unarchivalOf(capsule)];
      for (const event of steps) {
        await written(store, event);
        subject.now += 1000;
      }
      const visible: boolean[] = [];
      for (const i of steps.keys()) visible.push((await listed({ asOf: timeOf(START + i * 1000) })).length === 1);
      expect(visible).toEqual([true, false, true, false, true]);
    });

    it('[STO-26] tells apart what one instant recorded only by the whole instant', async () => {
      const { store } = subject;
      const a = aCapsule();
      const a2 = aVersionOf(a);
      await store.commit(commitOf([a]));
      await store.commit(commitOf([a2]));
      expect(await listed({ asOf: timeOf(START) })).toEqual([a2.id]);
    });
  });
}
