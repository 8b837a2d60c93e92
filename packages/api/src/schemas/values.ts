/**
 * The small values that requests and answers are made of.
 * @module
 */
import { z } from 'zod';

/** An id in an answer. */
export const id = z.uuid();

/** Names a capsule in a request: not checked for its form, since what is no id cannot name one and is answered alike. */
export const capsuleRef = z.string().min(1).max(100);

export const capsulePath = z.strictObject({
  id: capsuleRef.meta({
    description: 'A version id, or a series id for its head.',
    examples: ['0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11'],
  }),
});

/** RFC 3339 in an answer. */
export const timestamp = z.iso.datetime({ offset: true });

/** RFC 3339 in a request. */
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .meta({ description: 'RFC 3339; a date alone means its first moment in UTC.', examples: ['2026-01-31T12:00:00Z'] });

export const CAPSULE_TYPES = ['knowledge', 'code', 'decision', 'insight', 'config'] as const;
export const capsuleType = z.enum(CAPSULE_TYPES);

export const RELATIONS = ['version', 'fork', 'merge', 'summary', 'citation', 'correction', 'refutes'] as const;
export const relation = z.enum(RELATIONS);

export const TRUST_BANDS = ['CORE', 'TRUSTED', 'STANDARD', 'SANDBOX', 'QUARANTINE'] as const;
export const trustBand = z.enum(TRUST_BANDS);
export const trustLevel = z.int().min(0).max(100);

export const title = z.string().max(500);
export const key = z.string().min(1).max(500).describe('Names the series, unique per owner.');
export const tag = z.string().min(1).max(100);
export const tags = z.array(tag).max(64);
export const metadata = z
  .record(z.string(), z.unknown())
  .describe('Any JSON object up to 256 KB, nested no deeper than 64.');
export const collection = z.string().min(1).max(500).describe('Slash-separated path.');
export const position = z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Place within the collection.');
export const reason = z.string().max(4_000);

/** Where the next page begins; opaque. */
export const cursor = z.string().min(1).max(2_000).describe('`next_cursor` of the page before.');
export const nextCursor = z.string().nullable().describe('Null on the last page.');

/** One value or several. */
export function oneOrMany<S extends z.ZodType>(schema: S): z.ZodUnion<readonly [S, z.ZodArray<S>]> {
  return z.union([schema, z.array(schema).min(1).max(50)]);
}
