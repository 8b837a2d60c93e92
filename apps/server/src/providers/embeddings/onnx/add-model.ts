/**
 * Adds a model to a data folder: its files are gathered in a folder beside the others, run once, and only then named.
 * @module
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DomainError } from '@forge-cascade/core';
import {
  MANIFEST_FILE,
  MODEL_FILE,
  MODEL_NAME,
  sha256Of,
  TOKENIZER_FILE,
  type ModelManifest,
} from './model-manifest.js';
import { ModelThread } from './model-thread.js';
import { graphAmong, HINT_FILES, recipeHints } from './model-source.js';
import { defaultThreads } from './onnx-embeddings.js';

export interface AddModelOptions {
  readonly modelsDir: string;
  readonly name: string;
  /** Folder whose `node_modules` holds the ONNX runtime; null: this program's own. */
  readonly runtimeDir: string | null;
}

/** Files of a model, gathered into a folder under the names a model's folder has. */
export interface GatheredModel {
  /** For people. */
  readonly source: string;
  /** Texts of the hint files, by name. */
  readonly hints: ReadonlyMap<string, string>;
}

/** Name of a folder in which a model is being gathered; no model has such a name. */
export const STAGING_PREFIX = '.adding-';

/**
 * Adds the model in a local folder: a `tokenizer.json` and a graph, `model.onnx` or the only `*.onnx` there is.
 *
 * @throws DomainError INVALID_INPUT for a folder or a name that will not do, STATE_CONFLICT when the name is taken by
 * another model, UNAVAILABLE with `details.reason` when the model does not run
 */
export async function addModelFolder(path: string, options: AddModelOptions): Promise<ModelManifest> {
  return addModel(options, async (staging) => {
    const files = await filesBelow(path);
    const graph = graphAmong(files);
    if (graph === null) {
      const several = files.filter((file) => file.endsWith('.onnx'));
      const what =
        several.length === 0
          ? 'holds no .onnx file'
          : `holds several .onnx files (${several.join(', ')}) and no model.onnx`;
      throw new DomainError('INVALID_INPUT', `The folder ${what}.`, { field: 'path' });
    }
    if (!files.includes(TOKENIZER_FILE)) {
      throw new DomainError('INVALID_INPUT', `The folder holds no ${TOKENIZER_FILE}.`, { field: 'path' });
    }
    await copyFile(join(path, graph), join(staging, MODEL_FILE));
    await copyFile(join(path, TOKENIZER_FILE), join(staging, TOKENIZER_FILE));
    const hints = new Map<string, string>();
    for (const file of HINT_FILES) {
      if (files.includes(file)) hints.set(file, await readFile(join(path, file), 'utf8'));
    }
    return { source: `folder, ${graph}`, hints };
  });
}

/** Adds what `gather` puts into the folder it is given. Nothing is left behind when that, or the model, fails. */
export async function addModel(
  { modelsDir, name, runtimeDir }: AddModelOptions,
  gather: (staging: string) => Promise<GatheredModel>,
): Promise<ModelManifest> {
  if (!MODEL_NAME.test(name)) {
    const rule = 'must be at most 64 letters, digits and the characters . _ -, and begin with a letter or digit';
    throw new DomainError('INVALID_INPUT', `The name of a model ${rule}.`, { field: 'name' });
  }
  await refuseTaken(modelsDir, name);
  await mkdir(modelsDir, { recursive: true });
  const staging = await mkdtemp(join(modelsDir, STAGING_PREFIX));
  try {
    const { source, hints } = await gather(staging);
    const recipe = { name, ...recipeHints(hints) };
    const thread = await ModelThread.open({ folder: staging, recipe, runtimeDir, threads: defaultThreads() });
    await thread.close();
    const manifest: ModelManifest = {
      ...recipe,
      dimensions: thread.dimensions,
      source,
      files: {
        [MODEL_FILE]: await sha256Of(join(staging, MODEL_FILE)),
        [TOKENIZER_FILE]: await sha256Of(join(staging, TOKENIZER_FILE)),
      },
    };
    await writeFile(join(staging, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await refuseTaken(modelsDir, name);
    await rename(staging, join(modelsDir, name));
    return manifest;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function refuseTaken(modelsDir: string, name: string): Promise<void> {
  const taken = await stat(join(modelsDir, name)).catch(() => null);
  if (taken === null) return;
  throw new DomainError('STATE_CONFLICT', `There is a model ${name} already; remove it first, or give another name.`);
}

/** Deep enough for the layouts that models come in. */
async function filesBelow(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new DomainError('INVALID_INPUT', 'A model is added from a folder, and there is none.', { field: 'path' });
  }
  const files: string[] = [];
  for (const folder of [path, join(path, 'onnx'), join(path, '1_Pooling')]) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isDirectory()) files.push(relative(path, join(folder, entry.name)).replaceAll('\\', '/'));
    }
  }
  return files;
}
