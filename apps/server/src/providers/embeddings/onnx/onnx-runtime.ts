/**
 * The ONNX runtime and the tokenizer, which are not part of the install: together they weigh more than everything else.
 * @module
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { embeddingFailure } from '@forge-cascade/core';

// The parts of both packages that we use; their own types are not there when they are not installed.
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>, outputs: readonly string[]): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}
export interface Tokenizer {
  encode(text: string): { readonly ids: readonly number[] };
}
export interface OnnxRuntime {
  createSession(path: string, threads: number): Promise<OnnxSession>;
  int64Tensor(data: BigInt64Array, dims: readonly number[]): OnnxTensor;
  createTokenizer(json: object): Tokenizer;
}

interface OnnxPackage {
  readonly InferenceSession: { create(path: string, options: object): Promise<OnnxSession> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => OnnxTensor;
}
interface TokenizersPackage {
  readonly Tokenizer: new (json: object, config: object) => Tokenizer;
}

/** What to type to get them. Their install scripts only fetch parts for graphics cards. */
export const INSTALL_COMMAND =
  'npm install --no-save --ignore-scripts onnxruntime-node@1.30 @huggingface/tokenizers@0.2';

/**
 * Loads both packages.
 *
 * @param runtimeDir folder whose `node_modules` holds them; null: where this program's own packages are looked up
 * @throws DomainError UNAVAILABLE, saying what to install or what did not load
 */
export function loadOnnxRuntime(model: string, runtimeDir: string | null): OnnxRuntime {
  const load = createRequire(runtimeDir === null ? import.meta.url : join(resolve(runtimeDir), 'package.json'));
  const onnx = required<OnnxPackage>(load, 'onnxruntime-node', model, runtimeDir);
  const tokenizers = required<TokenizersPackage>(load, '@huggingface/tokenizers', model, runtimeDir);
  return {
    createSession: (path, threads) =>
      onnx.InferenceSession.create(path, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // Only errors: its warnings go to standard error past our log.
        logSeverityLevel: 3,
      }),
    int64Tensor: (data, dims) => new onnx.Tensor('int64', data, dims),
    createTokenizer: (json) => new tokenizers.Tokenizer(json, {}),
  };
}

function required<T>(load: NodeJS.Require, name: string, model: string, runtimeDir: string | null): T {
  try {
    return load(name) as T;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const where = runtimeDir === null ? 'the folder of Forge Cascade' : 'the folder that FORGE_ONNX_RUNTIME names';
    const message =
      code === 'MODULE_NOT_FOUND'
        ? `The model ${model} needs the package ${name}, which is not installed. In ${where}, run: ${INSTALL_COMMAND}`
        : `The package ${name}, which the model ${model} needs, does not load on this machine (${String(code ?? 'no code')}).`;
    throw embeddingFailure(model, 'unavailable', { message });
  }
}
