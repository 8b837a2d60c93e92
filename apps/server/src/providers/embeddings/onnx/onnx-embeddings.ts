/**
 * Embeddings from a model on this machine.
 * @module
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { embeddingFailure, type EmbeddingProvider } from '@forge-cascade/core';
import { modelId, readCheckedManifest, type ModelManifest } from './model-manifest.js';
import { ModelThread } from './model-thread.js';

export interface OnnxEmbeddingsOptions {
  /** The folder that holds the models' folders. */
  readonly modelsDir: string;
  readonly name: string;
  /** Folder whose `node_modules` holds the ONNX runtime; null: this program's own. */
  readonly runtimeDir: string | null;
  /** Processor cores that one run may use. Default: half of them, for there is a server to run as well. */
  readonly threads?: number;
}

/** Prose has four characters to a token and more; passages of this length were found better than longer ones. */
const CHARS_PER_TOKEN = 3.5;

/** Cores for a model when nobody says. */
export const defaultThreads = (): number => Math.max(1, Math.floor(availableParallelism() / 2));

/**
 * Checks the model's files, loads it in a thread of its own and runs it once.
 *
 * @throws DomainError UNAVAILABLE with `details.reason`: `model_missing`, `model_corrupt`, `wrong_dimensions`, or
 * `unavailable` with the command that installs the runtime
 */
export async function onnxEmbeddings(options: OnnxEmbeddingsOptions): Promise<EmbeddingProvider> {
  const folder = join(options.modelsDir, options.name);
  const manifest = await readCheckedManifest(folder, options.name);
  let thread = await openThread(options, folder, manifest);
  let reopening: Promise<ModelThread> | null = null;
  let closed = false;
  /** A thread that died, of memory for instance, is replaced once somebody needs it. */
  const living = async (): Promise<ModelThread> => {
    if (thread.alive || closed) return thread;
    reopening ??= reopenThread(options, folder, manifest);
    try {
      thread = await reopening;
    } finally {
      reopening = null;
    }
    return thread;
  };
  return {
    model: modelId(manifest),
    dimensions: manifest.dimensions,
    maxChars: Math.floor(manifest.maxTokens * CHARS_PER_TOKEN),
    embed: async (texts, purpose, signal) => (await living()).embed(texts, purpose, signal),
    async close() {
      closed = true;
      await thread.close();
    },
  };
}

/** The files may be others by now than those that made the vectors before. */
async function reopenThread(
  options: OnnxEmbeddingsOptions,
  folder: string,
  manifest: ModelManifest,
): Promise<ModelThread> {
  const { name } = manifest;
  if (modelId(await readCheckedManifest(folder, name)) !== modelId(manifest)) {
    throw embeddingFailure(`onnx:${name}`, 'model_missing', {
      message: `The model ${name} was replaced by another one, which is used from the next start on.`,
    });
  }
  return openThread(options, folder, manifest);
}

async function openThread(
  { runtimeDir, threads = defaultThreads() }: OnnxEmbeddingsOptions,
  folder: string,
  manifest: ModelManifest,
): Promise<ModelThread> {
  const { name, pooling, maxTokens, prefixes, dimensions } = manifest;
  const recipe = { name, pooling, maxTokens, prefixes };
  const thread = await ModelThread.open({ folder, recipe, runtimeDir, threads });
  if (thread.dimensions === dimensions) return thread;
  await thread.close();
  throw embeddingFailure(`onnx:${name}`, 'wrong_dimensions', {
    message: `The model ${name} gives ${thread.dimensions} dimensions, but its model.json says ${dimensions}.`,
  });
}
