/** The model that makes the vectors of all sides, and vectors that are kept between runs. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedEmbeddings, hashingEmbedder } from '@forge-cascade/core';
import { addModelFolder, embeddingProviderOf, modelsDirOf } from '@forge-cascade/server';

const INSTALLED_RUNTIME = fileURLToPath(new URL('../../.cache/onnx', import.meta.url));
const GROUP = 256;

/**
 * `modelFolder` holds model.onnx and tokenizer.json; without it texts are hashed.
 * @returns `{ name, settings, provider, close() }`, `settings` being what a server is given to use the same model
 */
export async function modelFrom(modelFolder, dataDir) {
  if (modelFolder === undefined) {
    console.log('no --model: all sides get vectors of the hashing embedder');
    return {
      name: 'hashing',
      settings: { FORGE_EMBEDDINGS: 'hashing' },
      provider: hashingEmbedder(),
      close: async () => {},
    };
  }
  const runtimeDir = process.env.FORGE_ONNX_RUNTIME ?? (existsSync(INSTALLED_RUNTIME) ? INSTALLED_RUNTIME : null);
  await addModelFolder(modelFolder, { modelsDir: modelsDirOf(dataDir), runtimeDir, name: 'bench' });
  const provider = await embeddingProviderOf({ dataDir, embeddings: { kind: 'onnx', name: 'bench', runtimeDir } });
  const settings = {
    FORGE_EMBEDDINGS: 'onnx:bench',
    ...(runtimeDir === null ? {} : { FORGE_ONNX_RUNTIME: runtimeDir }),
  };
  return { name: 'MiniLM', settings, provider, close: async () => provider.close?.() };
}

/** One vector per text. Kept in `cache` by model and texts: the same ones are made once. */
export async function vectorsOf({ provider }, texts, purpose, cache) {
  const digest = createHash('sha256').update(`${provider.model}\n${purpose}\n`);
  for (const text of texts) digest.update(`${text.length}\n${text}`);
  const file = join(cache, 'vectors', `${digest.digest('hex').slice(0, 32)}.f32`);
  const { dimensions } = provider;
  if (existsSync(file)) return rowsOf(readFileSync(file), dimensions);
  const started = performance.now();
  const all = new Float32Array(texts.length * dimensions);
  const checked = checkedEmbeddings(provider, { deadlineMs: 600_000 });
  for (let from = 0; from < texts.length; from += GROUP) {
    const vectors = await checked.embed(texts.slice(from, from + GROUP), purpose);
    vectors.forEach((vector, i) => all.set(vector, (from + i) * dimensions));
  }
  mkdirSync(join(cache, 'vectors'), { recursive: true });
  writeFileSync(file, new Uint8Array(all.buffer));
  console.log(`${texts.length} texts embedded in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  return rowsOf(all, dimensions);
}

function rowsOf(data, dimensions) {
  // A view of a pooled buffer may begin anywhere; floats may not.
  const all = data instanceof Float32Array ? data : new Float32Array(Uint8Array.from(data).buffer);
  return Array.from({ length: all.length / dimensions }, (_, i) => all.subarray(i * dimensions, (i + 1) * dimensions));
}
