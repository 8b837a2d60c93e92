import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
// The built one: its thread is a compiled file.
import { addModelFromHub, type FetchModelOptions } from '@forge-cascade/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenHub, REPOSITORY } from './given-hub.js';
import { GivenModels, tinyFiles } from './given-models.js';

let given: GivenModels;
let hub: GivenHub;
beforeEach(async () => {
  given = await GivenModels.make();
  hub = await GivenHub.open(await tinyFiles());
});
afterEach(async () => {
  await hub.close();
  await given.end();
});

function fetchModel(options: Partial<FetchModelOptions> = {}, repository = REPOSITORY): Promise<unknown> {
  const runtimeDir = given.path('no-runtime');
  return addModelFromHub(repository, {
    modelsDir: given.modelsDir,
    name: 'tiny',
    runtimeDir,
    hub: hub.url,
    ...options,
  });
}

type Fault = (response: ServerResponse, file: Buffer) => void;
const GRAPH = 'onnx/model_quantized.onnx';

describe('addModelFromHub', () => {
  it('[EMB-23] fetches the graph, the tokenizer and what says how to run them, and nothing else', async () => {
    const seen = new Map<string, string>();
    const onProgress = (file: string, done: number, total: number): void => void seen.set(file, `${done}/${total}`);
    // It gets as far as running the model, which the runtime is wanted for.
    await expect(fetchModel({ onProgress })).rejects.toThrow('onnxruntime-node');
    expect([...seen]).toEqual([
      [GRAPH, '2836/2836'],
      ['tokenizer.json', '2849/2849'],
      ['sentence_bert_config.json', '21/21'],
    ]);
    expect(hub.requests.some((url) => url.includes('README'))).toBe(false);
    expect(await readdir(given.modelsDir)).toEqual([]);
  });

  it.each([
    ['other bytes', GRAPH, (response, file) => response.end(Buffer.alloc(file.length)), 'model_corrupt'],
    ['another small file', 'tokenizer.json', (response, file) => response.end(file.fill(32)), 'model_corrupt'],
    ['too few bytes', GRAPH, (response, file) => response.end(file.subarray(9)), 'model_corrupt'],
    [
      'more bytes than it listed',
      GRAPH,
      (response, file) => response.end(Buffer.concat([file, file])),
      'model_corrupt',
    ],
    [
      'half a file',
      GRAPH,
      (response, file) => {
        response.writeHead(200, { 'content-length': file.length }).write(file.subarray(0, 99));
        setTimeout(() => response.destroy(), 20);
      },
      'unavailable',
    ],
    ['nothing more after a while', GRAPH, (response) => void response.writeHead(200).write('x'), 'timeout'],
    ['nothing at all', 'tokenizer.json', () => undefined, 'timeout'],
    ['a fault', GRAPH, (response) => response.writeHead(503).end(), 'unavailable'],
  ] as [string, string, Fault, string][])(
    '[EMB-23] names a hub that sends %s, and keeps nothing',
    async (_, file, fault, reason) => {
      hub.faults.set(file, fault);
      await expect(fetchModel({ idleMs: 150 })).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason } });
      expect(await readdir(given.modelsDir)).toEqual([]);
    },
  );

  it('[EMB-23] names a model that does not exist, and one that has no ONNX graph', async () => {
    await expect(fetchModel({}, 'someone/else')).rejects.toMatchObject({ details: { reason: 'model_missing' } });
    hub.listing = [{ type: 'file', path: 'tokenizer.json', size: 1, oid: 'x' }];
    await expect(fetchModel()).rejects.toThrow('has no ONNX graph');
    hub.listing = [{ type: 'file', path: 'model.onnx', size: 1, oid: 'x' }];
    await expect(fetchModel()).rejects.toThrow('has no tokenizer.json');
    hub.listing = { error: 'busy' };
    await expect(fetchModel()).rejects.toMatchObject({ details: { reason: 'unavailable' } });
  });

  it('[EMB-23] fetches nothing that is too large', async () => {
    await expect(fetchModel({ maxBytes: 1_000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(hub.requests).toHaveLength(1);
  });

  it('[EMB-23] names a hub that is not there', async () => {
    const gone = await GivenHub.open({});
    const { url } = gone;
    await gone.close();
    await expect(fetchModel({ hub: url })).rejects.toThrow(`cannot be fetched from ${url} (ECONNREFUSED)`);
  });
});
