export { embeddingProviderOf, modelsDirOf } from './embedding-provider-of.js';
export type { EmbeddingSettings } from './embedding-settings.js';
export * from './onnx/index.js';
export { openAiEmbeddings, type OpenAiEmbeddingsOptions } from './openai-embeddings.js';
