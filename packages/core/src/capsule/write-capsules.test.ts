import { beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { archiveCapsule, unarchiveCapsule } from './archive-capsule.js';
import { createCapsule, createCapsules } from './create-capsule.js';
import { forkCapsule } from './fork-capsule.js';
import { aContext, OWNER, REVIEWER, STRANGER } from './given-record.js';
import type { CreateCapsuleInput } from './inputs.js';
import { revertCapsule } from './revert-capsule.js';
import { updateCapsule } from './update-capsule.js';

const knowledge = (content: string, fields: Partial<CreateCapsuleInput> = {}): CreateCapsuleInput => ({
  content,
  type: 'knowledge',
  ...fields,
});
const refusal = (code: string, details: object = {}) => ({ code, details: expect.objectContaining(details) });

let store: MemoryStore;
const ctx = aContext();
const reviewing = aContext(REVIEWER);

beforeEach(async () => {
  store = await openMemoryStore();
});

describe('create', () => {
  it('[CAP-1] gives back what was stored', async () => {
    const parent = await createCapsule(store, ctx, knowledge('parent'));
    const derivedFrom = [{ id: parent.capsule.id, relation: 'summary' as const, reason: 'short' }];
    const input = {
      title: 'T',
      tags: ['x'],
      metadata: { a: 1 },
      key: 'k',
      collection: 'c/d',
      position: 0,
      derivedFrom,
    };
    const { capsule, result } = await createCapsule(store, ctx, knowledge('child', input));
    expect(result).toBe('created');
    expect(capsule).toMatchObject({
      ...input,
      ownerId: 'owner',
      version: '1.0.0',
      trust: 60,
      isHead: true,
      content: 'child',
    });
    expect(capsule.parentId).toBe(parent.capsule.id);
    expect(new Set([capsule.id, capsule.seriesId]).size).toBe(2);
  });

  it('[LIN-3] takes a series for its head of now', async () => {
    const first = await createCapsule(store, ctx, knowledge('one'));
    const head = await updateCapsule(store, ctx, first.capsule.id, first.capsule.id, { content: 'two' });
    const derivedFrom = [{ id: first.capsule.seriesId, relation: 'citation' as const }];
    const { capsule } = await createCapsule(store, ctx, knowledge('x', { derivedFrom }));
    expect(capsule.derivedFrom).toEqual([{ id: head.capsule.id, relation: 'citation', reason: null }]);
  });

  it('[CAP-10] keeps a key to one series per owner', async () => {
    const mine = await createCapsule(store, ctx, knowledge('a', { key: 'k' }));
    const again = await createCapsule(store, ctx, knowledge('a', { key: 'k' }));
    expect(again).toEqual({ capsule: mine.capsule, result: 'unchanged' });
    const theirs = await createCapsule(store, aContext(STRANGER), knowledge('b', { key: 'k' }));
    expect(theirs.result).toBe('created');
    const conflict = createCapsule(store, ctx, knowledge('b', { key: 'k' }));
    await expect(conflict).rejects.toMatchObject(refusal('KEY_TAKEN', { head: mine.capsule }));
  });

  it('[CAP-10] makes one series of 32 that race for one key', async () => {
    const same = await Promise.all(
      Array.from({ length: 32 }, () => createCapsule(store, ctx, knowledge('a', { key: 'k' }))),
    );
    expect(same.filter(({ result }) => result === 'created')).toHaveLength(1);
    expect(new Set(same.map(({ capsule }) => capsule.id)).size).toBe(1);

    const texts = Array.from({ length: 32 }, (_, i) => knowledge(`text ${i}`, { key: 'other' }));
    const different = await Promise.allSettled(texts.map((input) => createCapsule(store, ctx, input)));
    expect(different.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [head] = await store.byKeys('owner', ['other']);
    for (const outcome of different) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refusal('KEY_TAKEN', { head }));
    }
  });

  it('[CAP-9] versions and unarchives in one commit', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('a', { key: 'k' }));
    await archiveCapsule(store, ctx, capsule.id);
    const size = store.ledger.size;
    const next = await createCapsule(store, ctx, knowledge('b', { key: 'k', ifExists: 'version' }));
    expect(next).toMatchObject({ result: 'versioned', capsule: { archived: false, version: '1.1.0', isHead: true } });
    expect(store.ledger.size).toBe(size + 2);
  });

  it('[CAP-8] lets every racing version by key follow the one before it', async () => {
    await createCapsule(store, ctx, knowledge('start', { key: 'k' }));
    const texts = Array.from({ length: 8 }, (_, i) =>
      knowledge(`text ${i}`, { key: 'k', ifExists: 'version' as const }),
    );
    const outcomes = await Promise.all(texts.map((input) => createCapsule(store, ctx, input)));
    expect(outcomes.map(({ result }) => result)).toEqual(texts.map(() => 'versioned'));
    expect(new Set(outcomes.map(({ capsule }) => capsule.version)).size).toBe(8);
  });
});

describe('a batch', () => {
  it('[CAP-11] is one commit with an outcome for each item, in order', async () => {
    await createCapsules(store, ctx, [knowledge('a', { key: 'a' }), knowledge('b', { key: 'b' })]);
    const size = store.ledger.size;
    const outcomes = await createCapsules(store, ctx, [
      knowledge('a', { key: 'a' }),
      knowledge('b2', { key: 'b', ifExists: 'version' }),
      knowledge('c'),
    ]);
    expect(outcomes.map(({ result }) => result)).toEqual(['unchanged', 'versioned', 'created']);
    expect(outcomes.map(({ capsule }) => capsule.content)).toEqual(['a', 'b2', 'c']);
    expect(store.ledger.size).toBe(size + 2);
  });

  it.each<[string, string, CreateCapsuleInput]>([
    ['a bad item', 'INVALID_INPUT', knowledge('')],
    ['an item that is too large', 'TOO_LARGE', knowledge('x'.repeat(2_000_001))],
    ['an unknown parent', 'INVALID_INPUT', knowledge('x', { derivedFrom: [{ id: 'nobody', relation: 'fork' }] })],
    ['a taken key', 'KEY_TAKEN', knowledge('other', { key: 'taken' })],
    ['a key named before', 'INVALID_INPUT', knowledge('x', { key: 'mine' })],
  ])('[CAP-11] writes nothing because of %s', async (_, code, bad) => {
    await createCapsule(store, ctx, knowledge('here', { key: 'taken' }));
    const size = store.ledger.size;
    const batch = createCapsules(store, ctx, [knowledge('good', { key: 'mine' }), knowledge('good'), bad]);
    await expect(batch).rejects.toMatchObject(refusal(code, { index: 2 }));
    expect(store.ledger.size).toBe(size);
  });

  it('[CAP-11] holds 1 to 500 items', async () => {
    await expect(createCapsules(store, ctx, [])).rejects.toMatchObject(refusal('INVALID_INPUT'));
    const items = Array.from({ length: 501 }, (_, i) => knowledge(`${i}`));
    await expect(createCapsules(store, ctx, items)).rejects.toMatchObject(refusal('INVALID_INPUT'));
    expect(await createCapsules(store, ctx, items.slice(1))).toHaveLength(500);
  });
});

describe('update', () => {
  it('[CAP-13] lets one of 32 updates of one head win', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('start'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 32 }, (_, i) =>
        updateCapsule(store, ctx, capsule.seriesId, capsule.id, { content: `${i}` }),
      ),
    );
    const head = await store.capsule(capsule.seriesId);
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won.map(({ value }) => value)).toEqual([{ capsule: head, result: 'versioned' }]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refusal('VERSION_CONFLICT', { head }));
    }
    expect(await store.versions(capsule.seriesId)).toHaveLength(2);
  });

  it('[CAP-12] does not take an old version for the series', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('one'));
    const { capsule: head } = await updateCapsule(store, ctx, capsule.id, capsule.id, { content: 'two' });
    const late = updateCapsule(store, ctx, capsule.id, head.id, { content: 'three' });
    await expect(late).rejects.toMatchObject(refusal('VERSION_CONFLICT', { head }));
    await expect(updateCapsule(store, ctx, 'nobody', '*', {})).rejects.toMatchObject(refusal('CAPSULE_NOT_FOUND'));
  });

  it('[CAP-15] answers with the head when nothing differs', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('one'));
    expect(await updateCapsule(store, ctx, capsule.id, capsule.id, { content: 'one' })).toEqual({
      capsule,
      result: 'unchanged',
    });
  });

  it('[CAP-14] keeps strangers out', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('one'));
    const stranger = aContext(STRANGER);
    const attempts = [
      updateCapsule(store, stranger, capsule.id, capsule.id, { content: 'x' }),
      archiveCapsule(store, stranger, capsule.id),
      unarchiveCapsule(store, stranger, capsule.id),
      revertCapsule(store, stranger, capsule.id, { to: '1.0.0' }),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(refusal('POLICY_DENIED'));
  });
});

describe('fork', () => {
  it('[CAP-19] belongs to whoever makes it and rests on that exact version', async () => {
    const { capsule: v1 } = await createCapsule(store, ctx, knowledge('one', { key: 'k', tags: ['t'] }));
    await updateCapsule(store, ctx, v1.id, v1.id, { content: 'two' });
    const { capsule, result } = await forkCapsule(store, aContext(STRANGER), v1.id, {
      title: 'Mine',
      reason: 'why',
      key: 'k',
    });
    expect(result).toBe('created');
    expect(capsule).toMatchObject({ ownerId: 'stranger', content: 'one', title: 'Mine', tags: ['t'], key: 'k' });
    expect(capsule.derivedFrom).toEqual([{ id: v1.id, relation: 'fork', reason: 'why' }]);
    const again = forkCapsule(store, aContext(STRANGER), v1.id, { key: 'k' });
    await expect(again).rejects.toMatchObject(refusal('KEY_TAKEN', { head: capsule }));
  });
});

describe('revert', () => {
  it('[CAP-20] finds the version meant', async () => {
    const { capsule: v1 } = await createCapsule(store, ctx, knowledge('one'));
    const { capsule: v2 } = await updateCapsule(store, ctx, v1.id, v1.id, { content: 'two' });
    await updateCapsule(store, ctx, v2.id, v2.id, { content: 'three' });
    const content = async (ref: string, to?: string) =>
      (await revertCapsule(store, ctx, ref, to === undefined ? {} : { to })).capsule.content;
    expect(await content(v1.seriesId)).toBe('two');
    expect(await content(v1.seriesId)).toBe('three');
    expect(await content(v1.id)).toBe('one');
    expect(await content(v1.seriesId, '1.1.0')).toBe('two');
    expect(await content(v2.id, v1.id)).toBe('one');
    await expect(content(v1.id, 'nobody')).rejects.toMatchObject(refusal('NOT_FOUND'));
  });

  it('[CAP-20] has nothing to go back to in a series of one', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('one'));
    await expect(revertCapsule(store, ctx, capsule.id, {})).rejects.toMatchObject(refusal('STATE_CONFLICT'));
  });
});

describe('archive', () => {
  it('[CAP-21] answers with the head either way, whichever version is named', async () => {
    const { capsule: v1 } = await createCapsule(store, ctx, knowledge('one'));
    const { capsule: v2 } = await updateCapsule(store, ctx, v1.id, v1.id, { content: 'two' });
    const size = store.ledger.size;
    const state = async (change: typeof archiveCapsule) => {
      const { capsule, result } = await change(store, reviewing, v1.id, { reason: 'why' });
      return [capsule.id, capsule.archived, result];
    };
    expect(await state(archiveCapsule)).toEqual([v2.id, true, 'changed']);
    expect(await state(archiveCapsule)).toEqual([v2.id, true, 'unchanged']);
    expect(await state(unarchiveCapsule)).toEqual([v2.id, false, 'changed']);
    expect(await state(unarchiveCapsule)).toEqual([v2.id, false, 'unchanged']);
    expect(store.ledger.size).toBe(size + 2);
  });

  it('[CAP-26] decides again until racing changes of one series have all had their turn', async () => {
    const { capsule } = await createCapsule(store, ctx, knowledge('one'));
    const toggles = Array.from({ length: 16 }, (_, i) =>
      (i % 2 === 0 ? archiveCapsule : unarchiveCapsule)(store, ctx, capsule.id),
    );
    expect(await Promise.all(toggles)).toHaveLength(16);
  });
});

describe('owner of the context', () => {
  it('[CAP-1] is whoever acts', async () => {
    const { capsule } = await createCapsule(store, aContext(OWNER), knowledge('x'));
    const { items } = await store.entries({ entityId: capsule.id, order: 'oldest', limit: 1, cursor: null });
    expect(items[0]?.envelope).toMatchObject({ actor: 'owner', correlation_id: 'correlation', operation: 'CREATE' });
  });
});
