export { addModelFolder, type AddModelOptions } from './add-model.js';
export { installedModels, removeModel, type InstalledModel } from './installed-models.js';
export { addModelFromHub, DEFAULT_HUB, repositoryOf, type FetchModelOptions } from './model-hub.js';
export { modelId, type ModelManifest } from './model-manifest.js';
export { onnxEmbeddings, type OnnxEmbeddingsOptions } from './onnx-embeddings.js';
export { INSTALL_COMMAND } from './onnx-runtime.js';
