/**
 * Which files make a model, and what the folder or repository they come from says about running it.
 * @module
 */
import { z } from 'zod';
import { MAX_TOKENS, type ModelManifest } from './model-manifest.js';

/** Graphs in the order of preference: int8 runs about twice as fast and is measurably as good. */
const USUAL_GRAPHS = ['model.onnx', 'onnx/model_quantized.onnx', 'onnx/model_int8.onnx', 'onnx/model.onnx'];
/** Files that sentence-transformers keeps beside a model; all of them may be absent. */
export const POOLING_FILE = '1_Pooling/config.json';
export const LENGTH_FILE = 'sentence_bert_config.json';
export const PROMPTS_FILE = 'config_sentence_transformers.json';
export const HINT_FILES = [POOLING_FILE, LENGTH_FILE, PROMPTS_FILE] as const;

const USUAL_MAX_TOKENS = 256;

export type RecipeHints = Pick<ModelManifest, 'pooling' | 'maxTokens' | 'prefixes'>;

/** The graph among `paths`; null when there is none, or several and no usual one. */
export function graphAmong(paths: readonly string[]): string | null {
  const graphs = paths.filter((path) => path.endsWith('.onnx'));
  return USUAL_GRAPHS.find((path) => graphs.includes(path)) ?? (graphs.length === 1 ? (graphs[0] ?? null) : null);
}

const pooling = z.object({ pooling_mode_cls_token: z.boolean() });
const lengths = z.object({ max_seq_length: z.int().min(8) });
const prompts = z.object({ prompts: z.record(z.string(), z.string().max(200)) });

/** What the hint files say, as far as they can be read: `texts` by file name. */
export function recipeHints(texts: ReadonlyMap<string, string>): RecipeHints {
  const read = <T>(file: string, schema: z.ZodType<T>): T | undefined => {
    try {
      return schema.safeParse(JSON.parse(texts.get(file) ?? '')).data;
    } catch {
      return undefined;
    }
  };
  const prefixes = read(PROMPTS_FILE, prompts)?.prompts ?? {};
  return {
    pooling: read(POOLING_FILE, pooling)?.pooling_mode_cls_token === true ? 'cls' : 'mean',
    maxTokens: Math.min(MAX_TOKENS, read(LENGTH_FILE, lengths)?.max_seq_length ?? USUAL_MAX_TOKENS),
    prefixes: { query: prefixes['query'] ?? '', document: prefixes['document'] ?? prefixes['passage'] ?? '' },
  };
}
