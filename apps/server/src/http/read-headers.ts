/**
 * The request headers that mean something to operations.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The client's own correlation id when it is a UUID, otherwise a new one. */
export function correlationIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && UUID.test(given) ? given.toLowerCase() : randomUUID();
}

/** @throws Refusal INVALID_INPUT for anything but 1–255 printable ASCII characters. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | null {
  const given = headers['idempotency-key'];
  if (given === undefined) return null;
  if (typeof given === 'string' && /^[!-~]{1,255}$/.test(given)) return given;
  throw new Refusal('INVALID_INPUT', 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.', {
    errors: [{ in: 'header', field: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }],
  });
}

/** `any` matches whatever head there is; otherwise the head must be one of the ids. */
export type IfMatch = { readonly any: true } | { readonly any: false; readonly ids: readonly string[] };

/**
 * `"id"`, a list of these, `*`, or a bare id, which people write by hand. A weak tag takes part in no strong comparison
 * (RFC 9110 §8.8.3.2), so it matches nothing.
 * @returns null when the header is absent.
 * @throws Refusal MALFORMED_REQUEST for anything else.
 */
export function ifMatchOf(headers: IncomingHttpHeaders): IfMatch | null {
  const given = headers['if-match']?.trim();
  if (given === undefined) return null;
  if (given === '*') return { any: true };
  if (UUID.test(given)) return { any: false, ids: [given.toLowerCase()] };
  if (!/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(given)) {
    throw new Refusal('MALFORMED_REQUEST', 'If-Match must be an ETag in quotes, a list of these, or *.');
  }
  const tags = given.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return { any: false, ids: tags.filter((tag) => !tag.startsWith('W/')).map((tag) => tag.slice(1, -1).toLowerCase()) };
}
