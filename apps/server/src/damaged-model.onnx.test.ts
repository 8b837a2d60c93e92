import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createClient } from '@forge-cascade/api';
// The built one: its threads are compiled files.
import { readConfig, serve, type RunningServer } from '@forge-cascade/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GivenModels, TINY_INT8_MODEL } from './providers/embeddings/onnx/given-models.js';

const TOKEN = 'token-of-the-damaged-model';
const SOON = { timeout: 40_000, interval: 100 };

let given: GivenModels;
let running: RunningServer | null = null;
beforeEach(async () => {
  given = await GivenModels.make();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await running?.close();
  running = null;
  await given.end();
});

async function start() {
  const config = readConfig({
    FORGE_PORT: '0',
    FORGE_DATA: given.path(),
    FORGE_TOKEN: TOKEN,
    FORGE_LOG_LEVEL: 'silent',
    FORGE_EMBEDDINGS: 'onnx:tiny',
    ...(process.env['FORGE_ONNX_RUNTIME'] === undefined
      ? {}
      : { FORGE_ONNX_RUNTIME: process.env['FORGE_ONNX_RUNTIME'] }),
  });
  running = await serve(config, { print: () => undefined, handleSignals: false });
  const client = createClient({ baseUrl: running.url, token: TOKEN });
  return {
    create: async (content: string) => (await client.createCapsule({ body: { type: 'knowledge', content } })).body,
    search: async (q: string) => (await client.searchCapsules({ query: { q, limit: 5 } })).body,
    similar: async (id: string) => (await client.listSimilar({ params: { id }, query: { limit: 5 } })).body,
    embeddings: async () => (await client.getHealth({})).body.embeddings,
  };
}

async function stop(): Promise<void> {
  await running?.close();
  running = null;
}

/** Ends the thread of the model as running out of memory would; `ask` has it read something. */
async function endModelThread(ask: () => Promise<unknown>): Promise<void> {
  const post = vi.spyOn(Worker.prototype, 'postMessage');
  await ask();
  const asked = post.mock.calls.flatMap(([message], i) => {
    const { type } = message as { readonly type?: string };
    return type === 'embed' ? [post.mock.contexts[i] as Worker] : [];
  });
  post.mockRestore();
  expect(asked).toHaveLength(1);
  for (const thread of asked) await thread.terminate();
}

const graph = (): string => join(given.modelsDir, 'tiny', 'model.onnx');
const tokenizer = (): string => join(given.modelsDir, 'tiny', 'tokenizer.json');

describe('a server whose local model', () => {
  it.each([
    ['has half a graph', 'model_corrupt', () => truncate(graph(), 200)],
    ['has another tokenizer', 'model_corrupt', () => writeFile(tokenizer(), '{"model":{}}')],
    ['is gone', 'model_missing', () => rm(join(given.modelsDir, 'tiny'), { recursive: true })],
    ['gives another dimension than it says', 'wrong_dimensions', () => given.lay('tiny', { dimensions: 384 })],
  ])('[EMB-59] %s at its start says %s, and goes on by words until it is right', async (_, reason, damage) => {
    const { id } = await given.lay('tiny');
    const first = await start();
    const one = await first.create('The ledger is the truth.');
    await first.create('A painted sunrise on the lake.');
    await vi.waitFor(async () => expect(await first.embeddings()).toMatchObject({ embedded: 2, lag: 0 }), SOON);
    expect((await first.search('ledger')).semantic).toEqual({ model: id, lag: 0 });
    await stop();
    await damage();

    const { create, search, similar, embeddings } = await start();
    await vi.waitFor(async () => expect(await embeddings()).toMatchObject({ failing: reason, serving: id }), SOON);
    await create('Trust is written in the ledger.');
    const found = await search('ledger');
    expect(found.semantic).toBe(null);
    expect(found.items).toHaveLength(2);
    // What was embedded is still there to tell what is alike.
    expect(await similar(one.id)).toMatchObject({ model: id });

    await given.lay('tiny');
    await vi.waitFor(
      async () => expect(await embeddings()).toMatchObject({ serving: id, embedded: 3, lag: 0, failing: null }),
      SOON,
    );
    expect((await search('truth')).semantic).toEqual({ model: id, lag: 0 });
  });

  it.each([
    ['damaged', 'model_corrupt', () => writeFile(graph(), 'not a graph')],
    [
      'replaced by another one',
      'model_missing',
      async () => void (await given.lay('tiny', { source: 'elsewhere', maxTokens: 128 }, TINY_INT8_MODEL)),
    ],
  ])(
    '[EMB-59] is %s while it serves goes on with what it has loaded, and says %s when it must load',
    async (_, reason, damage) => {
      const { id } = await given.lay('tiny');
      const { create, search, embeddings } = await start();
      await create('The ledger is the truth.');
      await vi.waitFor(async () => expect(await embeddings()).toMatchObject({ embedded: 1, lag: 0 }), SOON);
      await damage();
      await create('A painted sunrise on the lake.');
      await vi.waitFor(async () => expect(await embeddings()).toMatchObject({ embedded: 2, lag: 0 }), SOON);
      expect((await search('sunrise')).semantic).toEqual({ model: id, lag: 0 });

      await endModelThread(() => search('a lake'));
      await create('Trust is written in the ledger.');
      await vi.waitFor(async () => expect(await embeddings()).toMatchObject({ failing: reason, embedded: 2 }), SOON);
      const found = await search('ledger of trust');
      expect(found.semantic).toBe(null);
      expect(found.items[0]?.passage.text).toContain('Trust');

      await rm(join(given.modelsDir, 'tiny'), { recursive: true });
      await given.lay('tiny');
      await vi.waitFor(
        async () => expect(await embeddings()).toMatchObject({ serving: id, embedded: 3, lag: 0, failing: null }),
        SOON,
      );
      expect((await search('written')).semantic).toEqual({ model: id, lag: 0 });
    },
  );
});
