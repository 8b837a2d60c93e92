import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkedEmbeddings, type EmbeddingProvider } from '@forge-cascade/core';
// The built one: its thread is a compiled file.
import { addModelFolder, addModelFromHub, onnxEmbeddings } from '@forge-cascade/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenHub, REPOSITORY } from './given-hub.js';
import { GivenModels, TINY_INT8_MODEL, TINY_MODEL, tinyFiles } from './given-models.js';

const runtimeDir = process.env['FORGE_ONNX_RUNTIME'] ?? null;
const TEXTS = [
  'The ledger is the truth.',
  'trust',
  '',
  'a painted sunrise on the lake',
  'trust '.repeat(900),
  '😀 zebra',
];

let given: GivenModels;
const opened: EmbeddingProvider[] = [];
beforeEach(async () => {
  given = await GivenModels.make();
});
afterEach(async () => {
  for (const provider of opened.splice(0)) await provider.close?.();
  await given.end();
});

async function open(name = 'tiny'): Promise<EmbeddingProvider> {
  const provider = await onnxEmbeddings({ modelsDir: given.modelsDir, name, runtimeDir });
  opened.push(provider);
  return provider;
}

/** What the graph comes to, worked out here: each token's vector plus half their mean, and the mean of those. */
async function expected(words: readonly string[]): Promise<number[]> {
  const graph = await readFile(join(TINY_MODEL, 'model.onnx'));
  const tokenizer = JSON.parse(await readFile(join(TINY_MODEL, 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number> };
  };
  const { vocab } = tokenizer.model;
  // The table is the graph's largest constant; its numbers lie one after the other, 4 bytes each.
  const rows = Object.keys(vocab).length;
  const at = tableStart(graph, rows * 8 * 4);
  const row = (id: number): number[] => Array.from({ length: 8 }, (_, i) => graph.readFloatLE(at + (id * 8 + i) * 4));
  const tokens = ['[CLS]', ...words, '[SEP]'].map((word) => row(vocab[word]!));
  const mean = tokens[0]!.map((_, i) => tokens.reduce((sum, token) => sum + token[i]!, 0) / tokens.length);
  return mean.map((value) => value / Math.hypot(...mean));
}

/** Where the constant's floats begin: after its field number and their length in bytes, a varint of two bytes. */
function tableStart(graph: Buffer, bytes: number): number {
  return graph.indexOf(Buffer.from([0x22, (bytes & 0x7f) | 0x80, bytes >> 7])) + 3;
}

describe('a local ONNX model', () => {
  it('[EMB-18] gives the mean of its tokens’ vectors, as the real runtime works them out', async () => {
    await given.lay('tiny');
    const [vector] = await (await open()).embed(['The ledger!'], 'document');
    const wanted = await expected(['the', 'ledger', '[UNK]']);
    for (const [at, value] of vector!.entries()) expect(value).toBeCloseTo(wanted[at]!, 5);
  });

  it('[EMB-18] gives every text the vector it has alone, whatever is run beside it', async () => {
    await given.lay('tiny');
    const provider = await open();
    const together = await checkedEmbeddings(provider).embed(TEXTS, 'document');
    for (const [at, text] of TEXTS.entries()) {
      const [alone] = await provider.embed([text], 'document');
      const cosine = alone!.reduce((sum, value, i) => sum + value * together[at]![i]!, 0);
      expect(cosine).toBeGreaterThan(0.99999);
    }
    expect(await provider.embed([], 'document')).toEqual([]);
  });

  it('[EMB-18] does so also for a model that rounds by all texts of a run', async () => {
    await given.lay('tiny', {}, TINY_INT8_MODEL);
    const provider = await open();
    const together = await provider.embed(TEXTS, 'document');
    for (const [at, text] of TEXTS.entries()) {
      expect((await provider.embed([text], 'document'))[0]).toEqual(together[at]);
    }
  });

  it('[EMB-18] reads a question otherwise than a document where the model wants that', async () => {
    await given.lay('tiny', { prefixes: { query: 'rent ', document: '' } });
    const provider = await open();
    const [question, document] = [
      ...(await provider.embed(['trust'], 'query')),
      ...(await provider.embed(['rent trust'], 'document')),
    ];
    expect(question).toEqual(document);
    expect((await provider.embed(['trust'], 'document'))[0]).not.toEqual(document);
  });

  it('[EMB-20] is added from a folder by running it, and opened under its own id', async () => {
    const manifest = await addModelFolder(TINY_MODEL, { modelsDir: given.modelsDir, name: 'tiny', runtimeDir });
    expect(manifest).toMatchObject({ name: 'tiny', dimensions: 8, pooling: 'mean', maxTokens: 256 });
    expect(await readdir(given.modelsDir)).toEqual(['tiny']);
    expect((await readdir(join(given.modelsDir, 'tiny'))).sort()).toEqual([
      'model.json',
      'model.onnx',
      'tokenizer.json',
    ]);
    const provider = await open();
    expect(provider).toMatchObject({ dimensions: 8, maxChars: 896 });
    expect(provider.model).toMatch(/^onnx:tiny@[0-9a-f]{12}$/);
  });

  it('[EMB-23] is added from a hub, with what the hub says about running it', async () => {
    const hub = await GivenHub.open(await tinyFiles());
    try {
      const options = { modelsDir: given.modelsDir, name: 'tiny', runtimeDir, hub: hub.url };
      expect(await addModelFromHub(REPOSITORY, options)).toMatchObject({ dimensions: 8, maxTokens: 64 });
      expect(await (await open()).embed(['trust'], 'query')).toHaveLength(1);
    } finally {
      await hub.close();
    }
  });

  it.each([
    ['a graph that is none', 'model.onnx', 'not a graph', /model\.onnx cannot be loaded or run/],
    ['a tokenizer that is none', 'tokenizer.json', '{"model":{}}', /tokenizer\.json cannot be loaded or run/],
    ['half a tokenizer', 'tokenizer.json', '{"model":', /tokenizer\.json cannot be loaded or run/],
  ])('[EMB-21] is not added with %s, and nothing is left behind', async (_, file, text, message) => {
    const { folder } = await given.lay('source');
    await writeFile(join(folder, file), text);
    const adding = addModelFolder(folder, { modelsDir: given.path('other'), name: 'tiny', runtimeDir });
    await expect(adding).rejects.toMatchObject({ details: { reason: 'model_corrupt' } });
    await expect(adding).rejects.toThrow(message);
    expect(await readdir(given.path('other'))).toEqual([]);
  });

  it('[EMB-21] is refused when it gives another dimension than it was added with', async () => {
    await given.lay('tiny', { dimensions: 384 });
    await expect(open()).rejects.toMatchObject({ details: { reason: 'wrong_dimensions' } });
    await expect(open()).rejects.toThrow('gives 8 dimensions, but its model.json says 384');
  });

  it('[EMB-19] drops what was cancelled and goes on with the rest', async () => {
    await given.lay('tiny');
    const provider = await open();
    const stop = new AbortController();
    const cancelled = provider.embed(
      Array.from({ length: 400 }, () => TEXTS[4]!),
      'document',
      stop.signal,
    );
    const other = provider.embed(['trust'], 'query');
    stop.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow('enough');
    expect(await other).toHaveLength(1);
  });

  it('[EMB-19] refuses what waits when it is closed, and everything afterwards', async () => {
    await given.lay('tiny');
    const provider = await open();
    const many = Array.from({ length: 2_000 }, () => 'trust '.repeat(250));
    const waiting = provider.embed(many, 'document');
    await provider.embed(['trust'], 'query');
    // One call is in the thread already, one comes after the word to end.
    const late = provider.embed(['trust'], 'query');
    const refused = { details: { reason: 'unavailable' } };
    await Promise.all([
      provider.close?.(),
      provider.close?.(),
      expect(late).rejects.toMatchObject(refused),
      expect(waiting).rejects.toMatchObject(refused),
    ]);
    await expect(provider.embed(['trust'], 'query')).rejects.toMatchObject({ details: { reason: 'unavailable' } });
  });
});
