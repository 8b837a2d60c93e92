import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type MemoryStore } from '../../memory/index.js';
import { drainOutbox, type OutboxHandler } from '../../outbox/index.js';
import { ask } from '../ask.js';
import type { AskResult } from '../ask-ports.js';
import { askPorts } from '../in-process.js';
import { METRICS_TOPIC, STORAGE_TOPIC, type RunMetrics } from '../run-record.js';
import { OWNER, remember, request } from '../testing/known-memory.js';
import { recordMetrics } from './record-metrics.js';
import { storeAnswer, type AnswerStore } from './store-answer.js';

const QUERY = 'Why was the blue ledger chosen?';

let store: MemoryStore;

beforeEach(async () => {
  store = await openMemoryStore({ ownerId: OWNER.id });
  await remember(store, 'The blue ledger was chosen because its ink survives water.');
  await remember(store, 'The blue ledger was chosen because auditors wanted a colour of their own.');
});

afterEach(() => store.close());

const ignore: OutboxHandler = async () => 'no-effect';

function drain(handlers: Partial<Record<string, OutboxHandler>>): ReturnType<typeof drainOutbox> {
  const all = { [METRICS_TOPIC]: ignore, [STORAGE_TOPIC]: ignore, ...handlers } as Record<string, OutboxHandler>;
  const backoff = { baseMs: 0, maxMs: 0 };
  return drainOutbox(store.outbox, all, { now: () => Date.now() + 1, limit: 100, backoff });
}

async function kept({ correlationId }: AskResult): Promise<string | undefined> {
  return (await store.byKeys(OWNER.id, [`ask:${correlationId}`]))[0]?.id;
}

describe('metrics', () => {
  it('[PIP-9] are delivered again under the same id until they were taken, and quote nothing', async () => {
    const ctx = request();
    await ask(askPorts(store), ctx, { query: QUERY });
    const delivered: [string, RunMetrics][] = [];
    const handler = recordMetrics({
      record: async (id, metrics) => {
        delivered.push([id, metrics]);
        if (delivered.length === 1) throw new Error('sink away');
      },
    });
    await drain({ [METRICS_TOPIC]: handler });
    await drain({ [METRICS_TOPIC]: handler });
    await drain({ [METRICS_TOPIC]: handler });
    expect(delivered).toHaveLength(2);
    expect(delivered[0]).toEqual(delivered[1]);
    const [, metrics] = delivered[0] ?? [];
    expect(metrics).toMatchObject({ correlation_id: ctx.correlationId, user_id: OWNER.id, citations: 2 });
    expect(Object.keys(metrics?.phase_us ?? {}).sort()).toEqual([
      'analysis',
      'context',
      'intelligence',
      'optimization',
      'security',
    ]);
    expect(JSON.stringify(metrics)).not.toMatch(/ledger|ink/iu);
  });
});

describe('storage', () => {
  it('[PIP-10] keeps the answer as an insight that rests on each cited capsule by summary', async () => {
    const result = await ask(askPorts(store), request(), { query: QUERY, saveAsCapsule: true });
    await drain({ [STORAGE_TOPIC]: storeAnswer(store) });
    const [capsule] = await store.byKeys(OWNER.id, [`ask:${result.correlationId}`]);
    expect(capsule).toMatchObject({ type: 'insight', title: QUERY, content: result.answer, ownerId: OWNER.id });
    expect(capsule?.derivedFrom.map(({ id, relation }) => [id, relation])).toEqual(
      result.citations.map(({ capsuleId }) => [capsuleId, 'summary']),
    );
    expect(await store.outbox.backlog()).toMatchObject({ pending: 0 });
  });

  it('[PIP-10] rests no later answer on one that was kept', async () => {
    const first = await ask(askPorts(store), request(), { query: QUERY, saveAsCapsule: true });
    await drain({ [STORAGE_TOPIC]: storeAnswer(store) });
    const id = await kept(first);
    const found = { query: 'ledger', filter: {}, limit: 9, cursor: null, explain: false, includeContent: false };
    expect((await store.search(found)).items.map(({ capsule }) => capsule.id)).toContain(id);
    for (const query of [QUERY, 'Why was the blue ledger chosen, and by whom?']) {
      const { answer, citations } = await ask(askPorts(store), request(), { query });
      expect(citations.length).toBeGreaterThan(0);
      expect(citations.map(({ capsuleId }) => capsuleId)).not.toContain(id);
      expect(answer.match(/\[1\]/g)).toHaveLength(1);
    }
  });

  it('[PIP-10] makes one capsule however often the message is delivered, also when a crash hid the first success', async () => {
    const result = await ask(askPorts(store), request(), { query: QUERY, saveAsCapsule: true });
    const before = (await store.status()).capsules;
    const [message] = (await store.outbox.due(Date.now() + 1, 10)).filter(({ topic }) => topic === STORAGE_TOPIC);
    if (message === undefined) throw new Error('no storage was ordered');
    const ports: AnswerStore = {
      capsule: (ref) => store.capsule(ref),
      capsules: (ids) => store.capsules(ids),
      byKeys: (owner, keys) => store.byKeys(owner, keys),
      versions: (series) => store.versions(series),
      list: (filter, limit, cursor) => store.list(filter, limit, cursor),
      entries: (query) => store.entries(query),
      commit: async (commit) => {
        await store.commit(commit);
        throw new Error('killed right after the commit');
      },
    };
    await expect(storeAnswer(ports)(message)).rejects.toThrow('killed');
    await Promise.all([storeAnswer(store)(message), storeAnswer(store)(message)]);
    expect((await store.status()).capsules).toBe(before + 1);
    expect(await kept(result)).toBeDefined();
  });

  it('[PIP-10] a second answer under one correlation id is kept beside the first', async () => {
    const ctx = request();
    const before = (await store.status()).capsules;
    await ask(askPorts(store), ctx, { query: QUERY, saveAsCapsule: true });
    await ask(askPorts(store), ctx, { query: 'Was the blue ledger chosen?', saveAsCapsule: true });
    await drain({ [STORAGE_TOPIC]: storeAnswer(store) });
    expect((await store.status()).capsules).toBe(before + 2);
  });

  it.each([
    ['nobody asked for it', QUERY, false],
    ['nothing was found', 'Which whale sings lowest?', true],
  ])('[PIP-10] keeps nothing when %s', async (_, query, saveAsCapsule) => {
    const result = await ask(askPorts(store), request(), { query, saveAsCapsule });
    await drain({ [STORAGE_TOPIC]: storeAnswer(store) });
    expect(await kept(result)).toBeUndefined();
    expect(await store.outbox.backlog()).toMatchObject({ pending: 0 });
  });

  it('[PIP-10] keeps nothing of an answer that was erased meanwhile', async () => {
    const result = await ask(askPorts(store), request(), { query: QUERY, saveAsCapsule: true });
    const erased = storeAnswer({
      capsule: (ref) => store.capsule(ref),
      capsules: (ids) => store.capsules(ids),
      byKeys: (owner, keys) => store.byKeys(owner, keys),
      versions: (series) => store.versions(series),
      list: (filter, limit, cursor) => store.list(filter, limit, cursor),
      commit: (commit) => store.commit(commit),
      entries: async (query) => {
        const page = await store.entries(query);
        return {
          ...page,
          items: page.items.map(({ envelope, payload }) => ({
            envelope,
            payload: payload === null ? null : { ...payload, query: null, answer: null },
          })),
        };
      },
    });
    await drain({ [STORAGE_TOPIC]: erased });
    expect(await kept(result)).toBeUndefined();
  });
});
