import { hash } from 'node:crypto';

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;

/**
 * SHA-256 of some bytes, or of the UTF-8 form of a string.
 *
 * Every write hashes several times, so this takes the one-shot call, and takes its answer as one-byte text: copying 32
 * characters into a small array halves the time, as Node otherwise allocates a Buffer outside the heap for each hash.
 */
export function sha256(data: string | Uint8Array): Uint8Array {
  const text = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
