/**
 * One prose document, whatever states its metadata: front matter, a header block, or the habits of decision records.
 * @module
 */
import { basename, extname } from 'node:path/posix';
import type { JsonValue } from '@forge-cascade/core';
import { readDecisionRecord } from './decision-record.js';
import { readFrontMatter } from './front-matter.js';
import { headerValue, metadataName, numberOf, readHeaderBlock, type HeaderBlock } from './header-block.js';
import { readSections } from './section-tree.js';
import type { DocumentFormat, ImportProblem, ParseResult, StatedRelation } from './source-document.js';
import { looseReference, readStatedFields, relationField, splitNumbers, statesSupersession } from './stated-fields.js';

/** Parses `text` (as {@link decodeText} gives it); a document that cannot be read comes back as a problem alone. */
export function parseDocument(path: string, format: Exclude<DocumentFormat, 'jsonl'>, text: string): ParseResult {
  const front = readFrontMatter(text);
  if (!front.ok) return { documents: [], problems: [problem(path, 'failed', front.reason)] };
  const content = front.rest.trim();
  if (content === '') return { documents: [], problems: [problem(path, 'failed', 'has no text')] };

  const stated = readStatedFields(front.fields);
  const block = readHeaderBlock(content);
  const tree = readSections(content, format, block?.end ?? 0);
  const blockTitle = block === null ? null : headerValue(block, 'title');
  const title = stated.title ?? blockTitle ?? tree.title ?? basename(path, extname(path));

  const statedStatus = front.fields['status'];
  const status = typeof statedStatus === 'string' ? statedStatus : null;
  const decision = { status, supersession: statesSupersession(front.fields) };
  const record = block === null ? readDecisionRecord(path, title, content, decision) : null;
  const hasStatus = block !== null && headerValue(block, 'status') !== null;
  const number = block === null ? (record?.number ?? null) : numberOf(block);

  const metadata: Record<string, JsonValue> = { ...blockMetadata(block), ...stated.metadata };
  if (record !== null && record.status !== null && metadata['status'] === undefined) metadata['status'] = record.status;
  metadata['source_path'] = path;

  return {
    documents: [
      {
        path,
        line: null,
        format,
        key: stated.key,
        title,
        shortName: block !== null && number !== null ? `${number.scheme} ${number.value}` : (record?.shortName ?? null),
        number,
        type: stated.type ?? (hasStatus || record !== null ? 'decision' : 'knowledge'),
        tags: stated.tags,
        metadata,
        content,
        preamble: tree.preamble,
        sections: tree.sections,
        collection: stated.collection,
        position: stated.position,
        validFrom: stated.validFrom,
        validTo: stated.validTo,
        relations: [...stated.relations, ...blockRelations(block), ...(record?.relations ?? [])],
      },
    ],
    problems: stated.warnings.map((warning) => problem(path, 'warning', warning)),
  };
}

/** Headers as metadata; a repeated one becomes a list. The title has a field of its own. */
function blockMetadata(block: HeaderBlock | null): Record<string, JsonValue> {
  const metadata: Record<string, JsonValue> = {};
  for (const { name, value } of block?.headers ?? []) {
    const field = metadataName(name);
    if (field === 'title' || value === '') continue;
    const before = metadata[field];
    if (before === undefined) metadata[field] = value;
    else metadata[field] = Array.isArray(before) ? [...(before as readonly JsonValue[]), value] : [before, value];
  }
  return metadata;
}

function blockRelations(block: HeaderBlock | null): StatedRelation[] {
  const relations: StatedRelation[] = [];
  for (const { name, value } of block?.headers ?? []) {
    const meaning = relationField(metadataName(name));
    if (meaning === null || value === '') continue;
    for (const text of splitNumbers(value)) {
      relations.push({ ...meaning, reference: looseReference(text), reason: null, stated: `${name}: ${text}` });
    }
  }
  return relations;
}

function problem(path: string, severity: ImportProblem['severity'], reason: string): ImportProblem {
  return { path, line: null, severity, reason };
}
