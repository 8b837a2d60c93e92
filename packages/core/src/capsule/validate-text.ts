/**
 * What a text must be to be stored: it survives canonicalisation, has a bounded size, and means one thing only.
 * Every refusal is INVALID_INPUT or TOO_LARGE with `details.field`, and its message says what was wrong and what to do.
 * @module
 */
import { DomainError } from '../errors.js';
import { assertCanonicalText, CanonicalJsonError, canonicalize } from '../ledger/canonical-json.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';

/** UTF-16 code units, but for content and metadata: bytes of UTF-8. */
export const TEXT_LIMITS = {
  title: 500,
  content: 2_000_000,
  tags: 64,
  tag: 100,
  key: 500,
  collection: 500,
  reason: 4_000,
  metadata: 256 * 1024,
  metadataDepth: 64,
} as const;

/** A refusal that names the field. */
export function invalid(field: string, message: string): DomainError {
  return new DomainError('INVALID_INPUT', message, { field });
}

/** @throws DomainError INVALID_INPUT for anything but a string without U+0000 and half surrogate pairs. */
export function checkText(value: string, field: string): string {
  if (typeof value !== 'string') throw invalid(field, `${field} must be text.`);
  canonically(field, () => assertCanonicalText(value, field));
  return value;
}

/** An empty title is no title. */
export function checkTitle(value: string | null): string | null {
  return value === null || value === '' ? null : bounded(value, 'title', TEXT_LIMITS.title);
}

export function checkContent(value: string): string {
  checkText(value, 'content');
  if (value === '') throw invalid('content', 'content is empty. A capsule needs at least one character of content.');
  const bytes = Buffer.byteLength(value);
  if (bytes <= TEXT_LIMITS.content) return value;
  throw new DomainError(
    'TOO_LARGE',
    `content has ${bytes} bytes; at most ${TEXT_LIMITS.content} are allowed. Split it into several capsules of one collection.`,
    { field: 'content', bytes, limit: TEXT_LIMITS.content },
  );
}

/** Without repetitions, in the order given. */
export function checkTags(values: readonly string[]): readonly string[] {
  if (!Array.isArray(values)) throw invalid('tags', 'tags must be a list of texts.');
  const tags = [...new Set(values.map((tag: string, i) => filled(tag, `tags[${i}]`, TEXT_LIMITS.tag)))];
  if (tags.length <= TEXT_LIMITS.tags) return tags;
  throw invalid(
    'tags',
    `tags holds ${tags.length} different tags; at most ${TEXT_LIMITS.tags} are allowed. Leave some out.`,
  );
}

export function checkKey(value: string): string {
  return filled(value, 'key', TEXT_LIMITS.key);
}

/** An empty reason is no reason. */
export function checkReason(value: string | null | undefined, field = 'reason'): string | null {
  return value === null || value === undefined || value === '' ? null : bounded(value, field, TEXT_LIMITS.reason);
}

/** A slash-separated path that has one spelling only. */
export function checkCollection(value: string): string {
  filled(value, 'collection', TEXT_LIMITS.collection);
  const bad = value.split('/').findIndex((segment) => segment === '' || segment === '.' || segment === '..');
  if (bad === -1) return value;
  throw invalid(
    'collection',
    `collection has an empty, "." or ".." segment at place ${bad + 1}. Write it as names joined by single slashes, such as "handbook/security".`,
  );
}

export function checkMetadata(value: JsonObject): JsonObject {
  return checkJsonObject(value, 'metadata');
}

/** A JSON object of at most 256 KB in canonical form, at most 64 levels deep. */
export function checkJsonObject(value: JsonObject, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(field, `${field} must be a JSON object.`);
  if (deeperThan(value, TEXT_LIMITS.metadataDepth)) {
    throw invalid(field, `${field} is nested deeper than ${TEXT_LIMITS.metadataDepth} levels. Flatten it.`);
  }
  const bytes = Buffer.byteLength(canonically(field, () => canonicalize(value)));
  if (bytes <= TEXT_LIMITS.metadata) return value;
  throw new DomainError(
    'TOO_LARGE',
    `${field} has ${bytes} bytes; at most ${TEXT_LIMITS.metadata} are allowed. Put long texts into content.`,
    { field, bytes, limit: TEXT_LIMITS.metadata },
  );
}

function bounded(value: string, field: string, max: number): string {
  checkText(value, field);
  if (value.length <= max) return value;
  throw invalid(field, `${field} has ${value.length} characters; at most ${max} are allowed. Shorten it.`);
}

function filled(value: string, field: string, max: number): string {
  bounded(value, field, max);
  if (value === '') throw invalid(field, `${field} is empty. Give it at least one character or leave it out.`);
  return value;
}

function canonically<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    const place = error.path === '$' || error.path === field ? field : error.path.replace(/^\$/, field);
    const message = `${place} cannot be stored: ${error.message.slice(error.path.length + 2)}. Remove or repair it.`;
    throw invalid(field, message);
  }
}

/** Level by level, so that no depth of nesting exhausts the stack; a cycle counts as endless depth. */
function deeperThan(value: JsonObject, limit: number): boolean {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === limit) return true;
    const below = new Set<JsonValue>();
    for (const item of level) {
      for (const inner of Object.values(item as object))
        if (typeof inner === 'object' && inner !== null) below.add(inner);
    }
    level = [...below];
  }
  return false;
}
