/**
 * A small model that the real runtime runs, and folders to keep models in, for tests.
 * @module
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelId, sha256Of, type ModelManifest } from './model-manifest.js';

/** `tools/models/build-tiny-onnx.py` makes it. */
export const TINY_MODEL = fileURLToPath(new URL('../../../fixtures/tiny-model', import.meta.url));

/** The same, but rounding to int8 on a scale of the whole run. */
export const TINY_INT8_MODEL = fileURLToPath(new URL('../../../fixtures/tiny-int8-model', import.meta.url));

export class GivenModels {
  private constructor(readonly folder: string) {}

  static async make(): Promise<GivenModels> {
    return new GivenModels(await mkdtemp(join(tmpdir(), 'forge-models-')));
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get modelsDir(): string {
    return join(this.folder, 'models');
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Lays a model down as adding it does, without running it. */
  async lay(
    name: string,
    change: Partial<ModelManifest> = {},
    source = TINY_MODEL,
  ): Promise<{ folder: string; id: string }> {
    const folder = join(this.modelsDir, name);
    await cp(source, folder, { recursive: true });
    const manifest: ModelManifest = {
      ...{
        name,
        dimensions: 8,
        pooling: 'mean',
        maxTokens: 256,
        prefixes: { query: '', document: '' },
        source: 'test',
      },
      files: {
        'model.onnx': await sha256Of(join(folder, 'model.onnx')),
        'tokenizer.json': await sha256Of(join(folder, 'tokenizer.json')),
      },
      ...change,
    };
    await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
    return { folder, id: modelId(manifest) };
  }
}

/** Files of the small model, as a repository on a hub would hold them. */
export async function tinyFiles(): Promise<Record<string, Buffer>> {
  return {
    'onnx/model_quantized.onnx': await readFile(join(TINY_MODEL, 'model.onnx')),
    'tokenizer.json': await readFile(join(TINY_MODEL, 'tokenizer.json')),
    'sentence_bert_config.json': Buffer.from('{"max_seq_length":64}'),
    'README.md': Buffer.from('# A model'),
  };
}
