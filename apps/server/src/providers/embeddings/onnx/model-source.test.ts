import { describe, expect, it } from 'vitest';
import { repositoryOf } from './model-hub.js';
import { modelId, type ModelManifest } from './model-manifest.js';
import { graphAmong, LENGTH_FILE, POOLING_FILE, PROMPTS_FILE, recipeHints } from './model-source.js';

describe('the files of a model', () => {
  it('[EMB-20] have one graph: the usual one, or the only one', () => {
    expect(graphAmong(['onnx/model.onnx', 'onnx/model_quantized.onnx', 'a.onnx'])).toBe('onnx/model_quantized.onnx');
    expect(graphAmong(['model.onnx', 'onnx/model_quantized.onnx'])).toBe('model.onnx');
    expect(graphAmong(['a.onnx', 'tokenizer.json'])).toBe('a.onnx');
    expect(graphAmong(['a.onnx', 'b.onnx'])).toBeNull();
    expect(graphAmong(['model.safetensors'])).toBeNull();
  });

  it('[EMB-20] say how the model is run, as far as they can be read', () => {
    const usual = { pooling: 'mean', maxTokens: 256, prefixes: { query: '', document: '' } };
    expect(recipeHints(new Map())).toEqual(usual);
    expect(recipeHints(new Map([POOLING_FILE, LENGTH_FILE, PROMPTS_FILE].map((file) => [file, '{"half'])))).toEqual(
      usual,
    );
    const hints = new Map([
      [POOLING_FILE, '{"pooling_mode_cls_token":true}'],
      [LENGTH_FILE, '{"max_seq_length":8192}'],
      [PROMPTS_FILE, '{"prompts":{"query":"query: ","passage":"passage: "}}'],
    ]);
    expect(recipeHints(hints)).toEqual({
      pooling: 'cls',
      maxTokens: 512,
      prefixes: { query: 'query: ', document: 'passage: ' },
    });
  });

  it('[EMB-20] make its id, which changes with them and with how they are run', () => {
    const manifest: ModelManifest = {
      ...{ name: 'a', dimensions: 8, pooling: 'mean', maxTokens: 256, prefixes: { query: '', document: '' } },
      source: 'here',
      files: { 'model.onnx': '0'.repeat(64), 'tokenizer.json': '1'.repeat(64) },
    };
    const changed: Partial<ModelManifest>[] = [
      {},
      { pooling: 'cls' },
      { maxTokens: 128 },
      { prefixes: { query: 'q', document: '' } },
      { files: { ...manifest.files, 'model.onnx': '2'.repeat(64) } },
    ];
    const ids = changed.map((change) => modelId({ ...manifest, ...change }));
    expect(new Set(ids).size).toBe(ids.length);
    expect(modelId({ ...manifest, source: 'elsewhere' })).toBe(ids[0]);
    expect(ids[0]).toMatch(/^onnx:a@[0-9a-f]{12}$/);
  });

  it('[EMB-23] are found by the names of repositories, and by a few short ones', () => {
    expect(repositoryOf('minilm')).toBe('Xenova/all-MiniLM-L6-v2');
    expect(repositoryOf('intfloat/e5-small-v2')).toBe('intfloat/e5-small-v2');
    for (const name of ['nothing', '../x', 'a/b/c', '/etc', 'toString', 'a/..', 'a/b?c'])
      expect(repositoryOf(name)).toBeNull();
  });
});
