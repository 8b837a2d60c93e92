/**
 * Keeping vectors beside answering.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import {
  CapsuleEmbedder,
  hashingEmbedder,
  OutboxDrainer,
  type EmbeddingProvider,
  type Tenure,
  type Vectors,
} from '@forge-cascade/core';
import type { ServerConfig } from '../config.js';
import type { Log } from '../log.js';
import type { RequestsUnderway } from './requests-underway.js';
import {
  embeddingProviderOf,
  installedModels,
  modelId,
  modelsDirOf,
  openAiEmbeddings,
  type OpenAiEmbeddingsOptions,
} from '../providers/embeddings/index.js';

/** Between rounds that nothing asked for: how soon a provider that failed is tried again. */
const INTERVAL_MS = 5_000;
/** What is written within it is looked for together. */
const REST_MS = 50;

/** How long a few passages are put off while requests are answered. */
const STAND_BACK_MS = 50;

/** Where the models come from. */
export interface EmbeddingSources {
  readonly openTarget: () => Promise<EmbeddingProvider | null>;
  readonly openFormer: (model: string) => Promise<EmbeddingProvider | null>;
  /** Whether this model goes on serving, whatever the target is; by default none does. */
  readonly keepsServing?: (model: string) => boolean;
}

type EmbeddingConfig = Pick<ServerConfig, 'dataDir' | 'embeddings'>;

export function embeddingSources(config: EmbeddingConfig & Pick<ServerConfig, 'keepsModel'>): EmbeddingSources {
  return {
    openTarget: () => embeddingProviderOf(config),
    openFormer: (model) => formerProvider(config, model),
    // An older release of the built-in model cannot be had any more, and costs nothing to replace.
    keepsServing: (model) => config.keepsModel && (!model.startsWith('hashing-') || model === hashingEmbedder().model),
  };
}

/**
 * A model by the name that its vectors are kept under: the built-in one, one that is still installed, or another one of
 * the server that is set.
 */
async function formerProvider(
  { dataDir, embeddings }: EmbeddingConfig,
  model: string,
): Promise<EmbeddingProvider | null> {
  if (embeddings.kind === 'none') return null;
  const hashing = hashingEmbedder();
  if (hashing.model === model) return hashing;
  if (model.startsWith('openai:')) return embeddings.kind === 'openai' ? formerOfServer(embeddings, model) : null;
  const modelsDir = modelsDirOf(dataDir);
  for (const { name, manifest } of await installedModels(modelsDir)) {
    if (manifest !== null && modelId(manifest) === model) {
      const runtimeDir = embeddings.kind === 'onnx' ? embeddings.runtimeDir : null;
      return embeddingProviderOf({ dataDir, embeddings: { kind: 'onnx', name, runtimeDir } });
    }
  }
  return null;
}

async function formerOfServer(settings: OpenAiEmbeddingsOptions, model: string): Promise<EmbeddingProvider | null> {
  const [, name, dimensions] = /^openai:(.+):(\d+)$/.exec(model) ?? [];
  if (name === undefined) return null;
  if (settings.model === name && settings.dimensions === Number(dimensions)) return openAiEmbeddings(settings);
  const own = await openAiEmbeddings({ ...settings, model: name, dimensions: null });
  // It may have been asked for fewer dimensions than it has by itself.
  return own.model === model ? own : openAiEmbeddings({ ...settings, model: name, dimensions: Number(dimensions) });
}

export function capsuleEmbedder(
  vectors: Vectors,
  sources: EmbeddingSources,
  underway: RequestsUnderway,
  now: () => number,
): CapsuleEmbedder {
  const pause = async (): Promise<void> => {
    await setImmediate();
    await underway.idle(STAND_BACK_MS);
  };
  return new CapsuleEmbedder({ vectors, ...sources, now, pause });
}

/**
 * Runs the embedder's rounds: at once when kicked, one after the other while capsules are left. Of the pods of a store
 * one embeds at a time; the others follow, as one without a tenure always does.
 */
export function embeddingRounds(embedder: CapsuleEmbedder, tenure: Tenure | null, log: Log): OutboxDrainer {
  return new OutboxDrainer({
    drain: async () => {
      const due = await embedder.follow();
      return (due && tenure !== null ? await tenure.during(() => embedder.round()) : null) ?? { more: false };
    },
    intervalMs: INTERVAL_MS,
    restMs: REST_MS,
    // The status names the reason; the error itself may hold what a person wrote.
    onError: () => log.warn({ reason: embedder.status().failing }, 'capsules could not be embedded; search goes on'),
  });
}
