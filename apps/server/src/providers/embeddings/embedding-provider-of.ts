/**
 * From settings to the provider they choose.
 * @module
 */
import { join } from 'node:path';
import { hashingEmbedder, type EmbeddingProvider } from '@forge-cascade/core';
import type { ServerConfig } from '../../config.js';
import { onnxEmbeddings } from './onnx/onnx-embeddings.js';
import { openAiEmbeddings } from './openai-embeddings.js';

/** The folder of a data folder that holds the models. */
export const modelsDirOf = (dataDir: string): string => join(dataDir, 'models');

/**
 * Opens the provider; null when the settings say that there shall be none. Its answers are not checked yet:
 * `checkedEmbeddings` does that.
 *
 * @throws DomainError UNAVAILABLE with `details.reason` when the chosen one cannot be opened
 */
export async function embeddingProviderOf({
  dataDir,
  embeddings,
}: Pick<ServerConfig, 'dataDir' | 'embeddings'>): Promise<EmbeddingProvider | null> {
  switch (embeddings.kind) {
    case 'none':
      return null;
    case 'hashing':
      return hashingEmbedder();
    case 'onnx':
      return onnxEmbeddings({ ...embeddings, modelsDir: modelsDirOf(dataDir) });
    case 'openai':
      return openAiEmbeddings(embeddings);
  }
}
