/**
 * What an OpenAI-compatible server says, in our terms: vectors from an answer, a reason from a refusal.
 * @module
 */
import type { EmbeddingFailureReason } from '@forge-cascade/core';
import { z } from 'zod';

const answer = z.object({
  data: z.array(
    z.object({ index: z.int().nonnegative().optional(), embedding: z.union([z.string(), z.array(z.unknown())]) }),
  ),
});

const refusal = z.object({
  error: z.union([z.string(), z.object({ code: z.unknown(), type: z.unknown() }).partial()]),
});

/**
 * The vectors of an answer in the order of the texts; null for an answer in another form.
 *
 * Numbers that JSON cannot hold (`null` in place of NaN) become NaN, for the check that follows.
 */
export function vectorsOf(body: unknown, texts: number): Float32Array[] | null {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return null;
  const { data } = parsed.data;
  const vectors: Float32Array[] = [];
  for (const [at, { index = at, embedding }] of data.entries()) {
    // An index twice, or one too large, shows as a gap: the wrong count of vectors.
    if (index >= texts || vectors[index] !== undefined) return [];
    vectors[index] = typeof embedding === 'string' ? fromBase64(embedding) : fromNumbers(embedding);
  }
  return Array.from(vectors, (vector) => vector ?? new Float32Array(0));
}

function fromNumbers(numbers: readonly unknown[]): Float32Array {
  return Float32Array.from(numbers, (number) => (typeof number === 'number' ? number : Number.NaN));
}

/** Little-endian 32-bit floats, whatever this machine's own order is. */
function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => view.getFloat32(at * 4, true));
}

/** Why a server refused. @param body parsed, or null when it was no JSON */
export function refusalReason(status: number, body: unknown): EmbeddingFailureReason {
  const said = refusal.safeParse(body);
  const error = said.success && typeof said.data.error === 'object' ? said.data.error : {};
  const words = [error.code, error.type].filter((word) => typeof word === 'string');
  if (words.includes('insufficient_quota') || status === 402) return 'quota';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404 || words.includes('model_not_found')) return 'model_missing';
  return status === 429 ? 'rate_limited' : 'unavailable';
}

/** Statuses after which the same request may succeed. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Milliseconds that the headers ask to wait; undefined when they do not say. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d{1,9}$/.test(ms)) return Number(ms);
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
