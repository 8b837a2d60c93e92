/**
 * Reading JSON from strangers. Whatever could not be canonicalised, hashed or read back alike is refused here, with the
 * path of the offending value; nothing recursive runs before the nesting is known to be bounded.
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { Refusal } from './refusal.js';

/** Objects and arrays in a body may be nested this deep. */
export const MAX_NESTING = 200;

/**
 * The value of a body; undefined when there is none.
 * @throws Refusal MALFORMED_REQUEST for broken UTF-8, broken JSON and excessive nesting; INVALID_INPUT for half
 * surrogate pairs, U+0000, numbers that no other reader would read alike, and keys that reach for prototypes.
 */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = decodeUtf8(bytes);
  if (nestsDeeperThan(text, MAX_NESTING)) {
    throw new Refusal('MALFORMED_REQUEST', `The body is nested deeper than ${MAX_NESTING}.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message quotes the body.
    throw new Refusal('MALFORMED_REQUEST', 'The body is not valid JSON.');
  }
  // Valid UTF-8 holds neither half pairs nor, inside JSON strings, a bare U+0000: only an escape can bring them in.
  const fault = findFault(value, text.includes('\\u'));
  if (fault) {
    throw new Refusal('INVALID_INPUT', `${fault.path === '' ? 'The body' : fault.path} ${fault.message}.`, {
      errors: [{ in: 'body', field: fault.path, message: fault.message }],
    });
  }
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  // Checked first and decoded then: several times faster than a decoder that checks.
  if (!isUtf8(bytes)) throw new Refusal('MALFORMED_REQUEST', 'The body is not valid UTF-8.');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Counts brackets outside strings. Strings are skipped by searching for their end, since they are most of a body. */
function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) i = endOfString(text, i);
    else if (char === OPEN_ARRAY || char === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (char === CLOSE_ARRAY || char === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** Index of the quote that ends the string beginning at `start`, or the end of a text that lacks one. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The first value that must not come in. Recursion is bounded by {@link MAX_NESTING}. */
function findFault(value: unknown, checkText: boolean): Fault | null {
  if (typeof value === 'string') return checkText ? textFault(value) : null;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))) return null;
    return { path: '', message: 'is a number beyond what JSON readers agree on' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = findFault(value[i], checkText);
      if (fault) return { ...fault, path: joined(`[${i}]`, fault.path) };
    }
    return null;
  }
  for (const [key, inner] of Object.entries(value)) {
    const fault = keyFault(key, inner, checkText) ?? findFault(inner, checkText);
    if (fault) return { ...fault, path: joined(shown(key), fault.path) };
  }
  return null;
}

/** `a` + `[0].b` is `a[0].b`, `a` + `b` is `a.b`. */
function joined(step: string, rest: string): string {
  return rest === '' || rest.startsWith('[') ? step + rest : `${step}.${rest}`;
}

/** Keys are a client's own words: they are shown cut to a length, and made printable. */
export function shown(key: string): string {
  const text = key.length > 60 ? `${key.slice(0, 60)}…` : key;
  return text.replace(/[\p{Cc}\p{Surrogate}]/gu, '\u{fffd}');
}

function keyFault(key: string, value: unknown, checkText: boolean): Fault | null {
  if (key === '__proto__') return { path: '', message: 'is not allowed as a key' };
  if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')) {
    return { path: 'prototype', message: 'is not allowed as a key' };
  }
  return checkText ? textFault(key) : null;
}

/** In unicode mode a whole pair is one character, so only halves match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What makes a text unfit, or null. */
export function textFault(text: string): Fault | null {
  if (text.includes('\0')) return { path: '', message: 'holds the character U+0000' };
  return LONE_SURROGATE.test(text) ? { path: '', message: 'holds half of a surrogate pair' } : null;
}
