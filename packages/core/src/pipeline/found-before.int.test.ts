import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveCapsule } from '../capsule/index.js';
import type { CapsuleRecord } from '../capsule/capsule.js';
import { event } from '../ledger/events.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { StoreStatus } from '../ports/store.js';
import { ask } from './ask.js';
import type { AskInput } from './ask-input.js';
import type { AskPorts } from './ask-ports.js';
import { CachedAnswers } from './cache/cached-answers.js';
import { FoundBefore } from './cache/found-before.js';
import { KnowledgeRevision } from './cache/knowledge-revision.js';
import { LruAnswerCache } from './cache/lru-answer-cache.js';
import { askPorts } from './in-process.js';
import { HandClock, happen, OWNER, quarantine, remember, request, retract } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';
const REASON = 'The blue ledger was chosen because its ink survives water.';

let store: MemoryStore;
let capsule: CapsuleRecord;
let searches: number;
let ports: AskPorts;
/** Laid over what the store says of itself. */
let told: Partial<StoreStatus>;

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
  capsule = await remember(store, REASON, { title: 'Choice of ledgers' });
  searches = 0;
  told = {};
  const revision = new KnowledgeRevision({
    status: async () => ({ ...(await store.status()), ...told }),
    entries: (query) => store.entries(query),
  });
  ports = {
    ...askPorts(store, {
      foundBefore: new FoundBefore(revision, 1e6),
      cachedAnswers: new CachedAnswers(new LruAnswerCache({ maxBytes: 1e6, maxAgeMs: 1e6, clock: new HandClock() })),
    }),
    search: (search) => {
      searches++;
      return store.search(search);
    },
  };
});

afterEach(() => store.close());

/** How many searches a question took. */
async function searching(input: Partial<AskInput> = {}, ctx = request()): Promise<number> {
  const before = searches;
  await ask(ports, ctx, { query: QUERY, ...input });
  return searches - before;
}

const notice = event(
  'owner.notified.v1',
  'NOTIFY',
  { type: 'User', id: OWNER.id },
  { owner_id: OWNER.id, kind: 'tainted', cause_id: 'x', affected: 1 },
);

describe('what was found before', () => {
  it('[PIP-46] is not searched for again, however many runs and notices stand in the ledger since', async () => {
    expect(await searching()).toBeGreaterThan(0);
    expect(await searching()).toBe(0);
    await happen(store, notice);
    for (let i = 0; i < 5; i++) expect(await searching()).toBe(0);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    ['something was created', () => remember(store, 'Beside the point.', {})],
    ['something was retracted', () => happen(store, retract(capsule))],
    ['something was quarantined', () => happen(store, quarantine(capsule))],
    ['something was archived', () => archiveCapsule(store, request(), capsule.seriesId)],
  ])('[PIP-46] is searched for again once %s', async (_, change) => {
    await searching();
    await change();
    expect(await searching()).toBeGreaterThan(0);
    expect(await searching()).toBe(0);
  });

  it.each([
    ['another question', { query: 'Why was the blue ledger chosen then?' }, {}],
    ['another limit', { limit: 3 }, {}],
    ['another least trust', { minTrust: 10 }, {}],
    ['another collection', { collection: 'x' }, {}],
    ['another principal', {}, { principal: { ...OWNER, id: 'other' } }],
    ['a principal of other trust', {}, { principal: { ...OWNER, trust: 90 } }],
  ] as const)('[PIP-46] serves no %s', async (_, input, ctx) => {
    await searching();
    expect(await searching(input, request(ctx))).toBeGreaterThan(0);
  });

  it.each([
    ['the index lags', { searchLag: 1 }],
    ['a change of trust is on its way', { trustPropagations: 1 }],
  ])('[PIP-46] neither serves nor is kept while %s', async (_, status) => {
    await searching();
    told = status;
    expect(await searching()).toBeGreaterThan(0);
    told = {};
    expect(await searching()).toBe(0);
    await remember(store, 'Beside the point.', {});
    told = status;
    await searching();
    told = {};
    expect(await searching()).toBeGreaterThan(0);
  });

  it('[PIP-46] is not kept when something changed while it was searched for', async () => {
    const { search } = ports;
    let changed = false;
    const changing: AskPorts = {
      ...ports,
      search: async (wanted) => {
        const page = await search(wanted);
        if (!changed) await remember(store, 'Said meanwhile.', {});
        changed = true;
        return page;
      },
    };
    await ask(changing, request(), { query: QUERY });
    expect(await searching()).toBeGreaterThan(0);
  });

  it('[PIP-50] is not kept when what reads questions failed or recovered while it was searched for', async () => {
    let state = 'reads';
    const queries = { vectorOf: async () => null, mustRead: () => false, state: () => state };
    const failing: AskPorts = {
      ...ports,
      queries,
      search: (wanted) => {
        state = 'fails';
        return ports.search(wanted);
      },
    };
    await ask(failing, request(), { query: QUERY });
    state = 'reads';
    const before = searches;
    await ask({ ...ports, queries }, request(), { query: QUERY });
    expect(searches).toBeGreaterThan(before);
  });
});

describe('without the answer itself', () => {
  it('[PIP-46] what was found before is searched for again, and the answer is the same', async () => {
    const first = await ask(ports, request(), { query: QUERY });
    const forgetting = { ...ports, cachedAnswers: null };
    const before = searches;
    const again = await ask(forgetting, request(), { query: QUERY });
    expect(searches).toBeGreaterThan(before);
    expect(again).toMatchObject({ answer: first.answer, cached: false });
  });
});

describe('the revision of what is known', () => {
  it('[PIP-46] moves with every change, read one by one or many at once, by overlapping readers', async () => {
    const revision = new KnowledgeRevision(store);
    const seen: (number | null)[] = [await revision.current()];
    for (let i = 0; i < 4; i++) {
      await happen(store, notice);
      expect(await revision.current()).toBe(seen.at(-1));
      await remember(store, `Note ${i}.`, {});
      for (let n = 0; n < i; n++) await happen(store, notice);
      const readings = await Promise.all([revision.current(), revision.current(), revision.current()]);
      expect(new Set(readings).size).toBe(1);
      seen.push(readings[0] ?? null);
    }
    expect(new Set(seen).size).toBe(5);
    // More than it reads: taken for a change, and no later reading takes that back.
    for (let n = 0; n < 210; n++) await happen(store, notice);
    const after = await revision.current();
    expect(after).not.toBe(seen.at(-1));
    expect(await revision.current()).toBe(after);
  });

  it('[PIP-46] is not moved by runs that come while it is read', async () => {
    const revision = new KnowledgeRevision({
      status: () => store.status(),
      entries: async (query) => {
        for (let n = 0; n < 20; n++) await happen(store, notice);
        return store.entries(query);
      },
    });
    const before = await revision.current();
    await happen(store, notice);
    expect(await revision.current()).toBe(before);
  });

  it('[PIP-46] is moved by a change that comes between reading the entries and the size', async () => {
    const revision = new KnowledgeRevision({
      status: async () => {
        if (surprising) await remember(store, 'A surprise.', {});
        surprising = false;
        return store.status();
      },
      entries: (query) => store.entries(query),
    });
    let surprising = false;
    const before = await revision.current();
    surprising = true;
    expect(await revision.current()).not.toBe(before);
  });

  it('[PIP-46] is moved by entries that push others out of the page that is read', async () => {
    const revision = new KnowledgeRevision({
      status: () => store.status(),
      entries: async (query) => {
        // A change is followed by as many runs as were asked for, before the page is read.
        for (let n = 0; n < query.limit; n++) await happen(store, notice);
        return store.entries(query);
      },
    });
    const before = await revision.current();
    await remember(store, 'A change.', {});
    expect(await revision.current()).not.toBe(before);
  });
});
