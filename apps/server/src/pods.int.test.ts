import { hashingEmbedder, type EmbeddingProvider } from '@forge-cascade/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InProcessHub } from './bus/in-process-bus.js';
import type { BuildServerOptions } from './build-server.js';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

/** Longer than any test: a lease that is not given up stays taken. */
const LEASE_MS = 600_000;
const NOTE = { type: 'knowledge', title: 'Ledgers', content: 'The blue ledger was chosen for its ink.' };

/** Texts that were embedded as documents, by whichever pod. */
let embedded: string[];
let pods: TestServer[];
let hub: InProcessHub;

function pod(options: Partial<BuildServerOptions> = {}): Promise<TestServer> {
  const inner = hashingEmbedder();
  const model: EmbeddingProvider = {
    ...{ model: inner.model, dimensions: inner.dimensions, maxChars: inner.maxChars },
    embed: (texts, purpose) => {
      if (purpose === 'document') embedded.push(...texts);
      return inner.embed(texts, purpose);
    },
  };
  const embeddings = { openTarget: async () => model, openFormer: async () => null };
  return memoryServer({ embeddings, leaseMs: LEASE_MS, bus: hub.pod(`pod ${pods.length}`), ...options });
}

beforeEach(async () => {
  embedded = [];
  hub = new InProcessHub();
  pods = [];
  pods.push(await pod());
  pods.push(await pod({ store: (pods[0] as TestServer).store }));
});
afterEach(() => Promise.all(pods.map(({ app }) => app.close())));

const settled = async ({ ask }: TestServer): Promise<boolean> => {
  const { body } = await ask('GET', '/v2/system/health');
  return body.outbox.pending === 0 && body.embeddings.lag === 0 && body.embeddings.serving !== null;
};

async function answersCounted(of: readonly TestServer[]): Promise<readonly number[]> {
  const texts = await Promise.all(of.map(async ({ ask }) => (await ask('GET', '/v2/system/metrics')).text));
  return texts.map((text) => Number(/^forge_answers_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0));
}

/** One of them holds the leases, as there was work. */
async function afterFirstWork() {
  const [one, two] = pods as [TestServer, TestServer];
  await one.ask('POST', '/v2/capsules', NOTE);
  await one.ask('POST', '/v2/ask', { query: 'Why the blue ledger?' });
  await expect.poll(() => settled(one), { timeout: 30_000 }).toBe(true);
  const counted = await answersCounted(pods);
  expect([...counted].sort()).toEqual([0, 1]);
  return counted[0] === 1 ? { holder: one, other: two } : { holder: two, other: one };
}

describe('two servers over one store', () => {
  it('[POD-9] carry out what was promised once, and embed each text once', async () => {
    const [one, two] = pods as [TestServer, TestServer];
    for (let i = 0; i < 6; i++) {
      const { ask } = i % 2 === 0 ? one : two;
      expect((await ask('POST', '/v2/capsules', { ...NOTE, content: `${NOTE.content} ${i}.` })).status).toBe(201);
      expect((await ask('POST', '/v2/ask', { query: `Why the blue ledger ${i}?` })).status).toBe(200);
    }
    for (const each of pods) await expect.poll(() => settled(each), { timeout: 30_000 }).toBe(true);
    expect(new Set(embedded).size).toBe(6);
    expect(embedded).toHaveLength(6);
    const counted = await answersCounted(pods);
    expect(counted.reduce((sum, n) => sum + n)).toBe(6);
    // One of them did all of it: the lease lasts.
    expect(counted).toContain(0);
  });

  it('[POD-10] hand the work over when the one that does it shuts down', async () => {
    const { holder, other } = await afterFirstWork();
    await holder.app.close();
    await other.ask('POST', '/v2/capsules', { ...NOTE, content: 'The red ledger faded.' });
    await other.ask('POST', '/v2/ask', { query: 'Why did the red ledger fade?' });
    await expect.poll(() => settled(other), { timeout: 30_000 }).toBe(true);
    expect(await answersCounted([other])).toEqual([1]);
    expect(embedded).toHaveLength(2);
  });

  it('[POD-23] turn writes away when maintenance was switched on at the other one, and take them when it is off', async () => {
    const [one, two] = pods as [TestServer, TestServer];
    const writing = async () => (await two.ask('POST', '/v2/capsules', NOTE)).status;
    await one.ask('POST', '/v2/system/maintenance', { enabled: true });
    await expect.poll(writing).toBe(503);
    await one.ask('POST', '/v2/system/maintenance', { enabled: false });
    await expect.poll(writing).toBe(201);
  });

  it('[POD-23] hear at once that there is work for them, and that a lease is free', async () => {
    const { holder, other } = await afterFirstWork();
    const { outbox } = (pods[0] as TestServer).store;
    const done = async () => (await outbox.backlog()).pending === 0;
    // From here on nobody looks by himself.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      await other.ask('POST', '/v2/ask', { query: 'Why the red ledger?' });
      await expect.poll(done).toBe(true);
      expect(await answersCounted([holder, other])).toEqual([2, 0]);
      await holder.app.close();
      await other.ask('POST', '/v2/ask', { query: 'Why the green ledger?' });
      await expect.poll(done).toBe(true);
      expect(await answersCounted([other])).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });
});
