/**
 * JSONL: one capsule per line, with the fields of `POST /v2/capsules`. A bad line never stops the others.
 * @module
 */
import type { JsonValue } from '@forge-cascade/core';
import { isJsonObject, jsonFault } from './json-faults.js';
import type { ImportProblem, ParsedDocument, ParseResult } from './source-document.js';
import { readStatedFields } from './stated-fields.js';

/** UTF-16 code units of one line; the service would refuse what is larger. */
export const MAX_JSONL_LINE = 4 * 1024 * 1024;

export function parseJsonl(path: string, text: string): ParseResult {
  const documents: ParsedDocument[] = [];
  const problems: ImportProblem[] = [];
  for (const [at, raw] of text.split('\n').entries()) {
    const line = at + 1;
    if (raw.trim() === '') continue;
    const fail = (reason: string): void => void problems.push({ path, line, severity: 'failed', reason });
    if (raw.length > MAX_JSONL_LINE) {
      fail(`longer than ${MAX_JSONL_LINE} characters`);
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(raw);
    } catch {
      fail('not valid JSON');
      continue;
    }
    if (!isJsonObject(value)) {
      fail('not a JSON object');
      continue;
    }
    const fault = jsonFault(value);
    if (fault !== null) {
      fail(fault);
      continue;
    }
    // How to treat what exists already is the importer's to say; `metadata` is merged with what has no other place.
    const { content, metadata: given, if_exists: _policy, ...fields } = value;
    if (typeof content !== 'string' || content === '') {
      fail('has no content');
      continue;
    }
    const stated = readStatedFields(fields);
    const metadata: Record<string, JsonValue> = { ...stated.metadata };
    if (isJsonObject(given)) Object.assign(metadata, given);
    metadata['source_path'] = path;
    for (const reason of stated.warnings) problems.push({ path, line, severity: 'warning', reason });
    documents.push({
      path,
      line,
      format: 'jsonl',
      key: stated.key,
      title: stated.title,
      shortName: null,
      number: null,
      type: stated.type ?? 'knowledge',
      tags: stated.tags,
      metadata,
      content,
      preamble: content,
      sections: [],
      collection: stated.collection,
      position: stated.position,
      validFrom: stated.validFrom,
      validTo: stated.validTo,
      relations: stated.relations,
    });
  }
  return { documents, problems };
}
