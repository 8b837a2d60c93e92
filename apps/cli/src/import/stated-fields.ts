/**
 * Fields an author states about a document, in front matter or in a JSONL line: the known ones with their meaning,
 * anything else as metadata. What cannot be honoured is kept as metadata too, with a warning.
 * @module
 */
import {
  CAPSULE_TYPES,
  RELATIONS,
  type CapsuleType,
  type JsonObject,
  type JsonValue,
  type Relation,
} from '@forge-cascade/core';
import { isJsonObject } from './json-faults.js';
import { soleLink } from './link-forms.js';
import type { Reference, StatedRelation } from './source-document.js';

export interface StatedFields {
  readonly title: string | null;
  readonly type: CapsuleType | null;
  readonly tags: readonly string[];
  readonly key: string | null;
  readonly collection: string | null;
  readonly position: number | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly relations: readonly StatedRelation[];
  /** Everything without a meaning of its own, and relations as written. */
  readonly metadata: JsonObject;
  readonly warnings: readonly string[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** RFC 3339, or a date alone. */
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;

const RELATION_FIELDS: Readonly<Record<string, Pick<StatedRelation, 'other' | 'relation'>>> = {
  derived_from: { other: 'target', relation: 'fork' },
  supersedes: { other: 'target', relation: 'fork' },
  replaces: { other: 'target', relation: 'fork' },
  requires: { other: 'target', relation: 'citation' },
  superseded_by: { other: 'source', relation: 'fork' },
  replaced_by: { other: 'source', relation: 'fork' },
};

/** How a header or field states relations, or null when it states none. */
export function relationField(name: string): Pick<StatedRelation, 'other' | 'relation'> | null {
  return RELATION_FIELDS[name] ?? null;
}

/** Whether a field names what the document supersedes, or what superseded it. */
export function statesSupersession(fields: JsonObject): boolean {
  return Object.entries(fields).some(([written, value]) => {
    const name = fieldName(written);
    return value !== null && name in RELATION_FIELDS && name !== 'requires' && name !== 'derived_from';
  });
}

export function readStatedFields(fields: JsonObject): StatedFields {
  const metadata: Record<string, JsonValue> = {};
  const warnings: string[] = [];
  const relations: StatedRelation[] = [];
  const read = { title: null, type: null, key: null, collection: null, position: null, validFrom: null, validTo: null };
  const stated: { -readonly [K in keyof typeof read]: StatedFields[K] } = { ...read };
  let tags: readonly string[] = [];

  for (const [written, value] of Object.entries(fields)) {
    const name = fieldName(written);
    const refuse = (expected: string): void => {
      metadata[written] = value;
      warnings.push(`${written}: expected ${expected}; kept as metadata`);
    };
    if (value === null && name in KNOWN) continue;
    switch (name) {
      case 'title':
      case 'key':
      case 'collection':
        if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number')
          stated[name] = String(value).trim();
        else refuse('text');
        break;
      case 'type':
        if (isCapsuleType(value)) stated.type = value;
        else refuse(`one of ${CAPSULE_TYPES.join(', ')}`);
        break;
      case 'tags': {
        const list = tagList(value);
        if (list === null) refuse('a list of words');
        else tags = list;
        break;
      }
      case 'position':
        if (Number.isSafeInteger(value) && (value as number) >= 0) stated.position = value as number;
        else refuse('a whole number from 0');
        break;
      case 'valid_from':
      case 'valid_to':
        if (typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value))) {
          stated[name === 'valid_from' ? 'validFrom' : 'validTo'] = value;
        } else refuse('a date or an RFC 3339 time');
        break;
      default: {
        metadata[written] = value;
        const meaning = relationField(name);
        if (meaning === null) break;
        const found = readRelations(written, value, meaning);
        relations.push(...found.relations);
        warnings.push(...found.warnings);
      }
    }
  }
  return { ...stated, tags, relations, metadata, warnings };
}

function fieldName(written: string): string {
  return written.toLowerCase().replaceAll('-', '_');
}

const KNOWN = { title: 1, key: 1, collection: 1, type: 1, tags: 1, position: 1, valid_from: 1, valid_to: 1 };

function isCapsuleType(value: JsonValue): value is CapsuleType {
  return (CAPSULE_TYPES as readonly JsonValue[]).includes(value);
}

function isRelation(value: JsonValue | undefined): value is Relation {
  return value !== undefined && (RELATIONS as readonly JsonValue[]).includes(value);
}

function tagList(value: JsonValue): readonly string[] | null {
  if (typeof value === 'string') return unique(value.split(','));
  if (!Array.isArray(value)) return null;
  if (!value.every((tag) => typeof tag === 'string' || typeof tag === 'number')) return null;
  return unique(value.map(String));
}

function unique(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

function readRelations(
  field: string,
  value: JsonValue,
  meaning: Pick<StatedRelation, 'other' | 'relation'>,
): { relations: StatedRelation[]; warnings: string[] } {
  const relations: StatedRelation[] = [];
  const warnings: string[] = [];
  for (const entry of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) {
    if (entry === null) continue;
    if (typeof entry === 'string' || typeof entry === 'number') {
      for (const text of typeof entry === 'string' ? splitNumbers(entry) : [String(entry)]) {
        relations.push({ ...meaning, reference: looseReference(text), reason: null, stated: `${field}: ${text}` });
      }
      continue;
    }
    const reference = isJsonObject(entry) ? explicitReference(entry) : null;
    if (reference === null || !isJsonObject(entry)) {
      warnings.push(`${field}: an entry names nothing by id, key or path; kept as metadata`);
      continue;
    }
    const relation = entry['relation'] ?? meaning.relation;
    if (!isRelation(relation)) {
      warnings.push(`${field}: relation must be one of ${RELATIONS.join(', ')}; kept as metadata`);
      continue;
    }
    const reason = typeof entry['reason'] === 'string' ? entry['reason'] : null;
    relations.push({ other: meaning.other, relation, reference, reason, stated: `${field}: ${reference.text}` });
  }
  return { relations, warnings };
}

/** `3, 5` is a list; anything that is not all numbers is one name. */
export function splitNumbers(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  const numbers = parts.filter((part) => part !== '');
  return numbers.length > 0 && numbers.every((part) => /^\d+$/.test(part)) ? numbers : [text.trim()];
}

/** A name whose kind was not said, or a link to what is meant. */
export function looseReference(text: string): Reference {
  const target = soleLink(text);
  if (target !== null) return { by: 'path', text: target };
  if (UUID.test(text)) return { by: 'id', text: text.toLowerCase() };
  return { by: /^\d{1,9}$/.test(text) ? 'number' : 'any', text };
}

/** What stands under `id` is often a name: ids are given by the memory, long after the text was written. */
function explicitReference(entry: JsonObject): Reference | null {
  for (const by of ['id', 'key', 'path'] as const) {
    const text = entry[by];
    if (typeof text === 'string' && text !== '') return by === 'id' ? looseReference(text) : { by, text };
  }
  return null;
}
