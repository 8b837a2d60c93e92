/**
 * The settings that choose an embedding model.
 * @module
 */
import { z } from 'zod';

/** Which model makes vectors, with all that is needed to reach it. */
export type EmbeddingSettings =
  | { readonly kind: 'none' }
  | { readonly kind: 'hashing' }
  | {
      readonly kind: 'onnx';
      /** A folder of `models` in the data folder. */
      readonly name: string;
      /** Folder whose `node_modules` holds the ONNX runtime; null: this program's own. */
      readonly runtimeDir: string | null;
    }
  | {
      readonly kind: 'openai';
      readonly model: string;
      /** Without a slash at the end, such as `http://127.0.0.1:11434/v1`. */
      readonly baseUrl: string;
      /** Null: the server asks for none. */
      readonly apiKey: string | null;
      /** Asked of the server, and said to it; null: whatever the model has. */
      readonly dimensions: number | null;
    };

const OPENAI_URL = 'https://api.openai.com/v1';
const CHOICE = /^(?:none|hashing|onnx:[A-Za-z0-9][\w.-]{0,63}|openai:[\w.:/@-]{1,128})$/;
const KEY = /^[\x21-\x7e]+$/;
const KEY_RULE = 'must be printable characters without spaces';
const MAX_DIMENSIONS = 8_192;

/** Part of the schema of all settings. */
export const embeddingShape = {
  FORGE_EMBEDDINGS: z.string().regex(CHOICE, 'must be hashing, onnx:NAME, openai:MODEL or none').default('hashing'),
  FORGE_EMBEDDINGS_URL: z
    .string()
    .refine(isBaseUrl, 'must be an http or https address without user, query or fragment')
    .optional(),
  FORGE_EMBEDDINGS_KEY: z.string().regex(KEY, KEY_RULE).optional(),
  FORGE_EMBEDDINGS_DIMENSIONS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${MAX_DIMENSIONS}`)
    .transform(Number)
    .refine((dimensions) => dimensions <= MAX_DIMENSIONS, `must be a whole number from 1 to ${MAX_DIMENSIONS}`)
    .optional(),
  FORGE_ONNX_RUNTIME: z.string().min(1, 'must not be empty').optional(),
  // Other programs read it too, so it is not for us to find fault with it while we have no use for it.
  OPENAI_API_KEY: z.string().optional(),
};

type Given = Readonly<Partial<Record<keyof typeof embeddingShape, string>>>;

/** Faults that no single setting shows, in the form `NAME rule`. */
export function embeddingFaults(given: Given): string[] {
  const openai = given.FORGE_EMBEDDINGS?.startsWith('openai:') ?? false;
  if (!openai || given.FORGE_EMBEDDINGS_URL !== undefined || given.FORGE_EMBEDDINGS_KEY !== undefined) return [];
  if (!given.OPENAI_API_KEY) {
    return ['FORGE_EMBEDDINGS_KEY must be set for openai:MODEL (or OPENAI_API_KEY, or FORGE_EMBEDDINGS_URL)'];
  }
  return KEY.test(given.OPENAI_API_KEY) ? [] : [`OPENAI_API_KEY ${KEY_RULE}`];
}

/** What the checked settings come to. */
export function embeddingSettingsOf(
  settings: z.infer<z.ZodObject<typeof embeddingShape>>,
): Readonly<EmbeddingSettings> {
  const [kind = '', ...rest] = settings.FORGE_EMBEDDINGS.split(':');
  const name = rest.join(':');
  if (kind === 'none' || kind === 'hashing') return Object.freeze({ kind });
  if (kind === 'onnx') {
    return Object.freeze({ kind, name, runtimeDir: settings.FORGE_ONNX_RUNTIME ?? null });
  }
  // The usual key goes to the usual address alone: it was not given out for any other.
  const usual = settings.FORGE_EMBEDDINGS_URL === undefined ? (settings.OPENAI_API_KEY ?? null) : null;
  return Object.freeze({
    kind: 'openai',
    model: name,
    baseUrl: (settings.FORGE_EMBEDDINGS_URL ?? OPENAI_URL).replace(/\/+$/, ''),
    apiKey: settings.FORGE_EMBEDDINGS_KEY ?? usual,
    dimensions: settings.FORGE_EMBEDDINGS_DIMENSIONS ?? null,
  });
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}
