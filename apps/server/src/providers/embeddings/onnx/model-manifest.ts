/**
 * What `model.json` says about a model that was added: enough to run it, and to notice when its files changed.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddingFailure } from '@forge-cascade/core';
import { z } from 'zod';

/** Files of a model's folder. */
export const MODEL_FILE = 'model.onnx';
export const TOKENIZER_FILE = 'tokenizer.json';
export const MANIFEST_FILE = 'model.json';

/** A model's name, which is also its folder's. */
export const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Longest text in tokens that any model is given. */
export const MAX_TOKENS = 512;

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.object({
  name: z.string().regex(MODEL_NAME),
  dimensions: z.int().min(1).max(8_192),
  /** How the vectors of a text's tokens become one: their mean, or the first token's. */
  pooling: z.enum(['mean', 'cls']),
  maxTokens: z.int().min(8).max(MAX_TOKENS),
  /** Put before a text, by what it is embedded for. */
  prefixes: z.object({ document: z.string().max(200), query: z.string().max(200) }),
  /** Where it came from, for people. */
  source: z.string().max(500),
  files: z.object({ [MODEL_FILE]: SHA256, [TOKENIZER_FILE]: SHA256 }),
});

export type ModelManifest = z.infer<typeof schema>;

/** What a model is run with; all of the manifest but what running it tells. */
export type ModelRecipe = Pick<ModelManifest, 'name' | 'pooling' | 'maxTokens' | 'prefixes'>;

/**
 * The manifest of a folder whose files are as they were when the model was added.
 *
 * @throws DomainError UNAVAILABLE: `model_missing` without a folder, `model_corrupt` when a file is gone or changed
 */
export async function readCheckedManifest(folder: string, name: string): Promise<ModelManifest> {
  const manifest = await readManifest(folder, name);
  for (const file of [MODEL_FILE, TOKENIZER_FILE] as const) {
    const digest = await sha256Of(join(folder, file)).catch(() => null);
    if (digest === manifest.files[file]) continue;
    const what = digest === null ? 'is gone or cannot be read' : 'is not what it was when the model was added';
    throw corrupt(name, `its ${file} ${what}`);
  }
  return manifest;
}

/**
 * The manifest alone, unchecked against the files.
 *
 * @throws DomainError UNAVAILABLE: `model_missing` or `model_corrupt`
 */
export async function readManifest(folder: string, name: string): Promise<ModelManifest> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST_FILE), 'utf8');
  } catch {
    throw embeddingFailure(`onnx:${name}`, 'model_missing', {
      message: `There is no model ${name} in the data folder; add one with \`forge model add PATH|NAME\`.`,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt(name, `its ${MANIFEST_FILE} is not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success && parsed.data.name === name) return parsed.data;
  const field = parsed.error?.issues[0]?.path.join('.') ?? 'name';
  throw corrupt(name, `its ${MANIFEST_FILE} cannot be used (${field})`);
}

function corrupt(name: string, what: string): Error {
  return embeddingFailure(`onnx:${name}`, 'model_corrupt', {
    message: `The model ${name} is damaged: ${what}. Remove it with \`forge model remove ${name}\` and add it again.`,
  });
}

/** The id under which vectors are kept: another file, or the same one run otherwise, is another model. */
export function modelId({ name, pooling, maxTokens, prefixes, files }: ModelManifest): string {
  // In one order, however the manifest came to be.
  const { document, query } = prefixes;
  const recipe = JSON.stringify([files[MODEL_FILE], files[TOKENIZER_FILE], pooling, maxTokens, { document, query }]);
  return `onnx:${name}@${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
