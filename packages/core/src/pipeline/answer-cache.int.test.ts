import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveCapsule, updateCapsule } from '../capsule/index.js';
import type { CapsuleRecord } from '../capsule/capsule.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import type { AnswerProvider } from './answer/answer-provider.js';
import { extractiveAnswers } from './answer/extractive.js';
import { ask } from './ask.js';
import type { AskInput } from './ask-input.js';
import type { AskPorts, AskResult, PipelineParts } from './ask-ports.js';
import { CachedAnswers } from './cache/cached-answers.js';
import { LruAnswerCache } from './cache/lru-answer-cache.js';
import { askPorts } from './in-process.js';
import { givenWriter, GivenFollower, type GivenWriter } from './testing/given-writer.js';
import { HandClock, happen, OWNER, quarantine, remember, request, retract, settle } from './testing/known-memory.js';

const QUERY = 'Why was the blue ledger chosen?';
const REASON = 'The blue ledger was chosen because its ink survives water.';

let store: MemoryStore;
let parent: CapsuleRecord;
let capsule: CapsuleRecord;
let writer: GivenWriter;
let ports: AskPorts;

function cached(): CachedAnswers {
  return new CachedAnswers(new LruAnswerCache({ maxBytes: 1e6, maxAgeMs: 1e6, clock: new HandClock() }));
}

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
  parent = await remember(store, 'Letters from the paper mill.', { title: 'Letters' });
  capsule = await remember(store, REASON, {
    title: 'Choice of ledgers',
    collection: 'office/rules',
    derivedFrom: [{ id: parent.id, relation: 'summary', reason: null }],
  });
  writer = givenWriter(async () => `${REASON} [1]`);
  ports = askPorts(store, { answerProvider: writer.provider, cachedAnswers: cached() });
});

afterEach(() => store.close());

const asked = (input: Partial<AskInput> = {}, using: Partial<PipelineParts> = {}): Promise<AskResult> =>
  ask({ ...ports, ...using }, request(), { query: QUERY, ...input });

describe('the same question again', () => {
  it('[PIP-38] is answered without the provider, says so, and is a run of its own that names what it rests on', async () => {
    const first = await asked();
    const again = await asked();
    expect(writer.orders).toHaveLength(1);
    expect([first.cached, again.cached]).toEqual([false, true]);
    const { correlationId, timing: _, ...rest } = again;
    expect(rest).toEqual({ ...rest, answer: first.answer, citations: first.citations, model: first.model });
    const { items } = await store.entries({ entityId: correlationId, order: 'oldest', limit: 10, cursor: null });
    expect(items.map(({ payload }) => payload)).toMatchObject([
      { capsules: [capsule.id], query: QUERY, answer: first.answer, parameters: { cached: true } },
    ]);
  });

  it('[PIP-38] holds for quoted answers too, white space aside', async () => {
    const using = { answerProvider: extractiveAnswers };
    const first = await asked({}, using);
    const again = await asked({ query: `  ${QUERY.replaceAll(' ', ' \n')} ` }, using);
    expect(again).toMatchObject({ cached: true, answer: first.answer });
  });

  it('[PIP-38] is read out from the cache like any answer', async () => {
    await asked();
    const follower = new GivenFollower();
    const result = await ask(ports, request(), { query: QUERY }, follower);
    expect(result.cached).toBe(true);
    expect(follower.text).toBe(result.answer);
    expect(follower.kinds.indexOf('citation')).toBeLessThan(follower.kinds.indexOf('delta'));
  });

  it('[PIP-37] of the past is never kept', async () => {
    const asOf = '2999-01-01T00:00:00.000Z';
    expect([(await asked({ asOf })).cached, (await asked({ asOf })).cached]).toEqual([false, false]);
  });

  it('[PIP-37] is made anew where the optimization says so or says nothing', async () => {
    const analysers = { ...ports.analysers, optimization: [] };
    await asked({}, { analysers });
    expect((await asked({}, { analysers })).cached).toBe(false);
  });
});

describe('an answer is never given', () => {
  it.each([
    ['another principal', {}, { principal: { ...OWNER, id: 'other' } }],
    ['a principal of other trust', {}, { principal: { ...OWNER, trust: 90 } }],
    ['one who may not review', {}, { principal: { ...OWNER, reviewer: false } }],
    ['another question', { query: 'Why was the blue ledger chosen then?' }, {}],
    ['another limit', { limit: 3 }, {}],
    ['another least trust', { minTrust: 10 }, {}],
    ['another collection', { collection: 'office' }, {}],
  ] as const)('[PIP-37] to %s', async (_, input, ctx) => {
    await asked();
    const result = await ask(ports, request(ctx), { query: QUERY, ...input });
    expect(result.cached).toBe(false);
    expect(writer.orders).toHaveLength(2);
  });

  it('[PIP-37] that another model or another store gave', async () => {
    await asked();
    const other = givenWriter(async () => `${REASON} [1]`);
    const renamed = { ...other.provider, modelAt: () => 'another' };
    expect((await asked({}, { answerProvider: renamed })).cached).toBe(false);
    expect((await asked({}, { answerProvider: extractiveAnswers })).cached).toBe(false);
  });

  it('[PIP-37] across masks: readers who see different sources get answers of their own sources', async () => {
    // What access rules will do to the search port, a principal at a time.
    const secret = await remember(store, 'The blue ledger was chosen because the mayor sells it.', { title: 'Secret' });
    const masked = (visible: (id: string) => boolean): AskPorts => ({
      ...ports,
      answerProvider: extractiveAnswers,
      search: async (search) => {
        const page = await store.search(search);
        return { ...page, items: page.items.filter((hit) => visible(hit.capsule.id)) };
      },
    });
    const insider = await ask(
      masked(() => true),
      request(),
      { query: QUERY },
    );
    expect(insider.answer).toContain('mayor');
    // The very same principal, so that nothing but the sources tells the two apart.
    const outsider = await ask(
      masked((id) => id !== secret.id),
      request(),
      { query: QUERY },
    );
    expect(outsider).toMatchObject({ cached: false });
    expect(outsider.answer).not.toContain('mayor');
    expect(JSON.stringify(outsider)).not.toContain(secret.id);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    [
      'changed',
      () =>
        updateCapsule(store, request(), capsule.id, capsule.id, {
          content: `${REASON} It is cheap as well.`,
        }),
    ],
    ['retracted', () => happen(store, retract(capsule))],
    ['quarantined', () => happen(store, quarantine(capsule))],
    ['archived', () => archiveCapsule(store, request(), capsule.seriesId)],
    ['tainted', () => happen(store, retract(parent))],
    ['joined by another source', () => remember(store, 'The blue ledger was chosen by the guild.', { title: 'Guild' })],
  ])('[PIP-39] once what it rests on is %s', async (_, change) => {
    await asked();
    expect((await asked()).cached).toBe(true);
    await change();
    await store.settled();
    const after = await asked();
    expect(after.cached).toBe(false);
    for (const { capsuleId } of after.citations) {
      expect(await store.capsule(capsuleId)).toMatchObject({ retracted: false, archived: false, isHead: true });
    }
  });

  it('[PIP-39] once a document that it looked up by name says something else', async () => {
    const rule = await remember(store, 'A seal stands on every page.', { title: 'Rule 9' });
    // Nothing that a search for the question finds: only the look-up knows of it.
    const answerProvider: AnswerProvider = {
      model: 'looking-up',
      async answer({ findNamed }) {
        const [found] = await findNamed('Rule 9', 'seal');
        if (found === undefined) return { text: 'There is no such rule.', citations: [] };
        return { text: `${found.content} [1]`, citations: [{ capsuleId: found.capsule.id, quote: found.content }] };
      },
    };
    const first = await asked({}, { answerProvider });
    expect(first.answer).toBe('A seal stands on every page. [1]');
    expect((await asked({}, { answerProvider })).cached).toBe(true);
    await happen(store, retract(rule));
    const after = await asked({}, { answerProvider });
    expect(after).toMatchObject({ cached: false, answer: 'There is no such rule.', citations: [] });
  });
});

describe('the same question at once', () => {
  it('[PIP-40] reaches the provider once, and every asker has a run', async () => {
    let answerNow: (text: string) => void = () => undefined;
    const slow = givenWriter(() => new Promise((resolve) => (answerNow = resolve)));
    const all = Promise.all(Array.from({ length: 8 }, () => asked({}, { answerProvider: slow.provider })));
    for (let i = 0; i < 20; i++) await settle();
    answerNow(`${REASON} [1]`);
    const results = await all;
    expect(slow.orders).toHaveLength(1);
    expect(new Set(results.map(({ correlationId }) => correlationId)).size).toBe(8);
    expect(results.filter((result) => !result.cached)).toHaveLength(1);
    const { items } = await store.entries({ type: 'pipeline.executed.v1', order: 'oldest', limit: 100, cursor: null });
    expect(items).toHaveLength(8);
  });
});
