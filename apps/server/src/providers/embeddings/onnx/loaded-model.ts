/**
 * A model in memory: tokenizer and session. It lives in the worker, for running it blocks its thread.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  embeddingFailure,
  embeddingFailureReason,
  unitVector,
  type EmbeddingPurpose,
} from '@forge-cascade/core/engine';
import { MODEL_FILE, TOKENIZER_FILE, type ModelRecipe } from './model-manifest.js';
import {
  loadOnnxRuntime,
  type OnnxRuntime,
  type OnnxSession,
  type OnnxTensor,
  type Tokenizer,
} from './onnx-runtime.js';
import { batchesOf, batchInput, cutIds, MAX_BATCH_ROWS, pooledRows, type TokenRow } from './token-batches.js';

export interface LoadModelOptions {
  readonly folder: string;
  readonly recipe: ModelRecipe;
  readonly runtimeDir: string | null;
  /** Processor cores that one run may use. */
  readonly threads: number;
}

const SUPPORTED_INPUTS: ReadonlySet<string> = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
/** The last one is longer than any model reads, which shows whether it reads as far as it should. */
const SAMPLES = ['trust', 'a chain is as strong as its weakest link', 'ledger '.repeat(1_000)];
/** Cosine of two vectors of one text, beyond which only rounding sets them apart. */
const SAME = 0.99999;
/** More characters than so many tokens hold in any prose; the rest of a very long text need not be taken apart. */
const MOST_CHARS_PER_TOKEN = 24;
const USUAL_OUTPUTS = ['last_hidden_state', 'token_embeddings'];

export class LoadedModel {
  #dimensions = 0;
  #maxRows = 1;

  private constructor(
    private readonly recipe: ModelRecipe,
    private readonly runtime: OnnxRuntime,
    private readonly tokenizer: Tokenizer,
    private readonly session: OnnxSession,
    private readonly output: string,
  ) {}

  /** @throws DomainError UNAVAILABLE: `unavailable` without the runtime, `model_corrupt` when the files do not load */
  static async load({ folder, recipe, runtimeDir, threads }: LoadModelOptions): Promise<LoadedModel> {
    const runtime = loadOnnxRuntime(`onnx:${recipe.name}`, runtimeDir);
    const tokenizer = await loading(recipe, TOKENIZER_FILE, async () => {
      const json: unknown = JSON.parse(await readFile(join(folder, TOKENIZER_FILE), 'utf8'));
      const made = runtime.createTokenizer(json as object);
      made.encode('try');
      return made;
    });
    const session = await loading(recipe, MODEL_FILE, () => runtime.createSession(join(folder, MODEL_FILE), threads));
    const foreign = session.inputNames.find((name) => !SUPPORTED_INPUTS.has(name));
    const output = USUAL_OUTPUTS.find((name) => session.outputNames.includes(name)) ?? session.outputNames[0];
    if (foreign !== undefined || output === undefined) {
      const what = foreign === undefined ? 'has no output' : `wants the input ${foreign}`;
      throw corrupt(recipe, `its ${MODEL_FILE} ${what}, so it is no model that embeds texts`);
    }
    const model = new LoadedModel(recipe, runtime, tokenizer, session, output);
    await model.#tryOut();
    return model;
  }

  /** Of the vectors it gives. */
  get dimensions(): number {
    return this.#dimensions;
  }

  /**
   * Runs samples alone and together. Models that round to int8 as they run scale by all texts of a run, so that a text's
   * vector would depend on its company; those run one text at a time, which on a CPU costs them nothing.
   */
  async #tryOut(): Promise<void> {
    const alone: Float32Array[] = [];
    for (const [row] of this.batches(SAMPLES, 'document')) {
      if (row !== undefined) alone[row.at] = (await this.run([row]))[0]!;
    }
    this.#dimensions = alone[0]?.length ?? 0;
    this.#maxRows = MAX_BATCH_ROWS;
    for (const batch of this.batches(SAMPLES.slice(0, 2), 'document')) {
      const together = await this.run(batch);
      const same = batch.every(({ at }, row) => cosine(together[row]!, alone[at]!) > SAME);
      if (!same) this.#maxRows = 1;
    }
  }

  /** The runs that `texts` come to; each may be run on its own. */
  batches(texts: readonly string[], purpose: EmbeddingPurpose): TokenRow[][] {
    const { prefixes, maxTokens } = this.recipe;
    const most = maxTokens * MOST_CHARS_PER_TOKEN;
    const idsOf = (text: string): readonly number[] => this.tokenizer.encode(text.slice(0, most)).ids;
    return batchesOf(
      texts.map((text, at) => ({ at, ids: cutIds(idsOf(prefixes[purpose] + text), maxTokens) })),
      this.#maxRows,
    );
  }

  /** A unit vector for each row of a batch. @throws DomainError UNAVAILABLE */
  async run(batch: readonly TokenRow[]): Promise<Float32Array[]> {
    const { width, ids, mask } = batchInput(batch);
    const dims = [batch.length, width];
    const inputs: Record<string, OnnxTensor> = {};
    for (const name of this.session.inputNames) {
      const data = { input_ids: ids, attention_mask: mask }[name] ?? new BigInt64Array(ids.length);
      inputs[name] = this.runtime.int64Tensor(data, dims);
    }
    const outputs = await loading(this.recipe, MODEL_FILE, () => this.session.run(inputs, [this.output]));
    return this.#vectors(batch, width, outputs[this.output]).map((vector) => {
      const unit = unitVector(vector);
      if (unit === null) throw embeddingFailure(`onnx:${this.recipe.name}`, 'not_finite');
      return unit;
    });
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  #vectors(batch: readonly TokenRow[], width: number, tensor: OnnxTensor | undefined): Float32Array[] {
    const dims = tensor?.dims ?? [];
    const data = tensor?.data;
    const size = dims.at(-1) ?? 0;
    const perToken = dims.length === 3 && dims[1] === width;
    if (!(data instanceof Float32Array) || dims[0] !== batch.length || size === 0 || (dims.length !== 2 && !perToken)) {
      throw corrupt(this.recipe, `its ${MODEL_FILE} gives no vectors of 32-bit numbers`);
    }
    if (perToken) return pooledRows(data, batch, width, size, this.recipe.pooling);
    return batch.map((_, row) => data.slice(row * size, (row + 1) * size));
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, number, at) => sum + number * b[at]!, 0);
}

async function loading<T>(recipe: ModelRecipe, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (embeddingFailureReason(error) !== null) throw error;
    throw corrupt(recipe, `its ${file} cannot be loaded or run`);
  }
}

function corrupt({ name }: ModelRecipe, what: string): Error {
  return embeddingFailure(`onnx:${name}`, 'model_corrupt', { message: `The model ${name} cannot be used: ${what}.` });
}
