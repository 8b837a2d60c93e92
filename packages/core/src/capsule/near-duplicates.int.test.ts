import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { Principal, RequestContext } from '../principal.js';
import { quarantineCapsule, retractCapsule } from '../trust/index.js';
import { archiveCapsule } from './archive-capsule.js';
import type { CapsuleRecord } from './capsule.js';
import { createCapsule } from './create-capsule.js';
import type { CreateCapsuleInput } from './inputs.js';
import { findNearDuplicates, MAX_NEAR_DUPLICATES } from './near-duplicates.js';
import { updateCapsule } from './update-capsule.js';

const TEXT =
  'Audit records are kept for ten years, because the regulator asks for nine and a margin costs less than a dispute ' +
  'about a missing page; whoever wants to delete anything earlier asks the board in writing.';
const CHANGED = TEXT.replace('a margin', 'some margin').toUpperCase();
const OTHER = 'Everybody has thirty days of leave, and tells the team a month before it begins.';

const owner: Principal = { id: 'ann', reviewer: true, trust: 100 };
const ctx: RequestContext = {
  principal: owner,
  correlationId: 'c',
  causationId: null,
  idempotency: null,
  now: Date.now,
};

let store: MemoryStore;
beforeEach(async () => void (store = await openMemoryStore()));
afterEach(() => store.close());

async function create(content: string, more: Partial<CreateCapsuleInput> = {}): Promise<CapsuleRecord> {
  return (await createCapsule(store, ctx, { type: 'knowledge', content, ...more })).capsule;
}

const near = async (capsule: CapsuleRecord, visible: CapsuleFilter = {}) =>
  (await findNearDuplicates(store, capsule, visible)).map(({ id }) => id);

describe('near-duplicates', () => {
  it('[CAP-63] are heads of other series that say nearly the same, the likest first', async () => {
    const changed = await create(CHANGED, { title: 'Shouted' });
    const same = await create(TEXT, { title: 'Said' });
    await create(OTHER);
    await create(`About audit records, the regulator, and ${OTHER}`);
    const made = await create(TEXT);
    const found = await findNearDuplicates(store, made, {});
    expect(found).toMatchObject([
      { id: same.id, seriesId: same.seriesId, title: 'Said', resemblance: 1 },
      { id: changed.id, title: 'Shouted' },
    ]);
    expect(found[1]?.resemblance).toBeGreaterThan(0.7);
    expect(found[1]?.resemblance).toBeLessThan(1);
    expect(await near(await create('Something of its own.'))).toEqual([]);
  });

  it('[CAP-63] include what stands whole in a longer text, unless it is a mere phrase', async () => {
    const long = await create(`${OTHER} ${'Nothing of this matters here at all. '.repeat(20)} ${TEXT} ${OTHER}`);
    expect(await near(await create(TEXT))).toEqual([long.id]);
    expect(await near(await create('thirty days of leave'))).toEqual([]);
  });

  it('[CAP-65] tell which of the two holds the other, and are the same only when neither says more', async () => {
    const kept = await create(TEXT, { title: 'Retention' });
    const revoked = await create(`${TEXT} From today on none of this holds.`);
    const [told] = await findNearDuplicates(store, revoked, {});
    expect(told).toMatchObject({ id: kept.id, inNew: 1, parts: 1 });
    expect(told?.resemblance).toBeLessThan(0.9);
    expect(told?.inThis).toBe(told?.resemblance);
    const [back] = await findNearDuplicates(store, kept, {});
    expect(back).toMatchObject({ id: revoked.id, inThis: 1, resemblance: told?.resemblance });
    expect(await near(await create('A margin costs less than a dispute about a missing page.'))).toEqual([]);
  });

  it('[CAP-66] name a document once that stands in the new capsule section by section', async () => {
    const sections = [1, 2, 3, 4].map((n) =>
      Array.from({ length: 40 }, (_, i) => `subject${n} matter${n}x${i}`).join(' '),
    );
    for (const [position, content] of sections.entries()) {
      await create(content, { title: `Section ${position}`, collection: 'guide', position });
    }
    const apart = await create(sections[0] as string, { title: 'Apart' });
    const found = await findNearDuplicates(store, await create(sections.join('\n')), {});
    expect(found.map(({ collection, parts }) => [collection, parts])).toHaveLength(2);
    expect(found).toContainEqual(expect.objectContaining({ collection: 'guide', parts: 4, inNew: 1 }));
    expect(found).toContainEqual(expect.objectContaining({ id: apart.id, parts: 1 }));
  });

  it('[CAP-63] are found among short texts too, and at most five', async () => {
    const first = await create('Zinc.');
    const second = await create('zinc');
    expect(await near(second)).toEqual([first.id]);
    for (let i = 0; i < 8; i++) await create('ZINC!');
    expect(await near(second)).toHaveLength(MAX_NEAR_DUPLICATES);
  });

  it('[CAP-64] are never of the same series, archived, retracted, quarantined or replaced', async () => {
    const replaced = await create(TEXT);
    await updateCapsule(store, ctx, replaced.id, '*', { content: OTHER });
    const archived = await create(TEXT);
    await archiveCapsule(store, ctx, archived.id, {});
    const retracted = await create(TEXT);
    await retractCapsule(store, ctx, retracted.id, { reason: 'wrong' });
    const quarantined = await create(TEXT);
    await quarantineCapsule(store, ctx, quarantined.id, { reason: 'forged' });
    const made = await create(TEXT);
    expect(await near(made)).toEqual([]);
    const { capsule: next } = await updateCapsule(store, ctx, made.id, '*', { content: CHANGED });
    expect(await near(next)).toEqual([]);
  });

  it('[CAP-64] are not pointed at when they were withdrawn while they were looked for', async () => {
    const other = await create(TEXT);
    const made = await create(TEXT);
    const withdrawing = {
      similar: async (request: Parameters<MemoryStore['similar']>[0]) => {
        const page = await store.similar(request);
        await archiveCapsule(store, ctx, other.id, {});
        return page;
      },
      capsules: (ids: readonly string[]) => store.capsules(ids),
    };
    expect(await findNearDuplicates(withdrawing as unknown as MemoryStore, made, {})).toEqual([]);
  });

  it('[CAP-64] stay within what the reader may see', async () => {
    const seen = await create(TEXT, { collection: 'open' });
    await create(TEXT, { collection: 'closed' });
    for (let i = 0; i < 20; i++) await create(TEXT, { collection: 'closed' });
    const made = await create(TEXT, { collection: 'open' });
    expect(await near(made, { collection: 'open' })).toEqual([seen.id]);
  });
});
