/**
 * Salted commitments: they bind a value without telling it. Without its 32 random bytes of salt a short value, such as
 * a name, could be guessed from its hash; once salt and value are erased, nothing is left to guess from.
 * @module
 */
import { randomFillSync, timingSafeEqual } from 'node:crypto';
import { CanonicalJsonError, canonicalize } from './canonical-json.js';
import type { JsonValue } from './json.js';
import { sha256 } from './sha256.js';

/** Bytes of a salt. */
export const SALT_BYTES = 32;

// One call for many salts: asking the system for 32 bytes at a time costs more than the hash it is for.
const pool = new Uint8Array(8192);
let drawn = pool.length;

/** 32 fresh random bytes. Nothing else keeps a copy of them. */
export function newSalt(): Uint8Array {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const salt = pool.slice(drawn, drawn + SALT_BYTES);
  pool.fill(0, drawn, drawn + SALT_BYTES);
  drawn += SALT_BYTES;
  return salt;
}

/**
 * sha256(salt ‖ UTF-8 of the value's RFC 8785 text), 32 bytes.
 * @throws CanonicalJsonError when the value has no canonical text.
 * @throws RangeError when the salt is not 32 bytes.
 */
export function commit(salt: Uint8Array, value: JsonValue): Uint8Array {
  return commitText(salt, canonicalize(value));
}

const scratch = Buffer.allocUnsafeSlow(16_384);
/** The longest text whose UTF-8 form is sure to fit behind a salt: a code unit takes three bytes at most. */
const SCRATCH_CHARS = Math.floor((scratch.length - SALT_BYTES) / 3);

/**
 * As {@link commit}, for a text that is canonical already.
 * @throws RangeError when the salt is not 32 bytes: with salts of any length, salt and text could trade bytes.
 */
export function commitText(salt: Uint8Array, canonicalText: string): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  if (canonicalText.length > SCRATCH_CHARS) {
    const input = Buffer.allocUnsafeSlow(SALT_BYTES + Buffer.byteLength(canonicalText));
    return hashSalted(input, salt, canonicalText);
  }
  return hashSalted(scratch, salt, canonicalText);
}

function hashSalted(input: Buffer, salt: Uint8Array, text: string): Uint8Array {
  input.set(salt);
  const end = SALT_BYTES + input.write(text, SALT_BYTES, 'utf8');
  const commitment = sha256(input.subarray(0, end));
  input.fill(0, 0, end); // What was private is not left lying in a buffer that lives on.
  return commitment;
}

/** Whether the commitment was made from this salt and value. False for anything that cannot have been committed to. */
export function commitmentMatches(salt: Uint8Array, value: JsonValue, commitment: Uint8Array): boolean {
  if (salt.length !== SALT_BYTES) return false;
  let expected: Uint8Array;
  try {
    expected = commit(salt, value);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return false;
    throw error;
  }
  return commitment.length === expected.length && timingSafeEqual(commitment, expected);
}
