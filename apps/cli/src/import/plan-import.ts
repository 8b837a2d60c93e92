/**
 * Planning: from parsed documents to capsules in the order in which they can be written. Pure, and the same for the same
 * input whatever the order it comes in.
 * @module
 */
import { basename, dirname } from 'node:path/posix';
import type { JsonObject, JsonValue } from '@forge-cascade/core';
import { levelsOf } from './dependency-order.js';
import type { ExistingSeries, ImportPlan, PlannedCapsule } from './import-plan.js';
import { lineageOf, withoutRefused } from './refused-capsules.js';
import { relateDocuments, type KeyedDocument, type RelatedDocuments } from './relate-documents.js';
import type { ImportProblem, ParsedDocument } from './source-document.js';
import { slugOf, splitDocument, type DocumentPart } from './split-document.js';

/** UTF-16 units of a title; a longer one is cut. */
const MAX_TITLE = 500;

export interface PlanOptions {
  /** First segment of every key. */
  readonly rootName: string;
  /** Collection of the documents in the root folder; the root's name by default. */
  readonly collection?: string | undefined;
  /** Series that references may also mean; absent when the memory was not looked at. */
  readonly existing?: readonly ExistingSeries[];
}

export function planImport(documents: readonly ParsedDocument[], options: PlanOptions): ImportPlan {
  const { rootName, existing = null } = options;
  const collection = options.collection ?? rootName;
  const { keyed, problems } = assignKeys(documents, rootName);
  const related = relateDocuments(keyed, existing, rootName);
  const level = levelsOf(
    keyed.map(({ key }) => key),
    related.edges,
  );

  const levels: PlannedCapsule[][] = [];
  const place = (at: number, capsule: PlannedCapsule): void => void (levels[at] ??= []).push(capsule);
  const storable = withoutRefused(keyed.flatMap((one) => capsulesOf(one, related, collection)));
  for (const capsule of storable.capsules) {
    const { key, sectionOf } = capsule;
    place(sectionOf === null ? (level.get(key) ?? 0) : (level.get(sectionOf) ?? 0) + 1, capsule);
  }
  const documentsAlone = storable.capsules.filter(({ sectionOf }) => sectionOf === null);
  return {
    rootName,
    collection,
    levels: Array.from(levels, (capsules) => capsules ?? []),
    documents: documentsAlone.length,
    sections: storable.capsules.length - documentsAlone.length,
    relations: documentsAlone.reduce((sum, { derivedFrom }) => sum + derivedFrom.length, 0),
    problems: [...problems, ...related.problems, ...storable.problems],
    refused: [...storable.refused],
  };
}

function assignKeys(
  documents: readonly ParsedDocument[],
  rootName: string,
): { keyed: KeyedDocument[]; problems: ImportProblem[] } {
  const ordered = [...documents].sort(byPathThenLine);
  const keyed: KeyedDocument[] = [];
  const problems: ImportProblem[] = [];
  const taken = new Map<string, ParsedDocument>();
  for (const document of ordered) {
    const key = document.key ?? freeKey(defaultKey(document, rootName), document, taken);
    const other = taken.get(key);
    if (other !== undefined) {
      const where = other.line === null ? other.path : `${other.path}:${other.line}`;
      problems.push({
        path: document.path,
        line: document.line,
        severity: 'failed',
        reason: `its key is taken by ${where}`,
      });
      continue;
    }
    taken.set(key, document);
    keyed.push({ key, document });
  }
  return { keyed, problems };
}

function byPathThenLine(a: ParsedDocument, b: ParsedDocument): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}

function defaultKey({ path, line, title }: ParsedDocument, rootName: string): string {
  const key = `${rootName}/${path}`;
  if (line === null) return key;
  return `${key}#${title === null ? `line-${line}` : slugOf([title])}`;
}

/** Lines of a JSONL file with the same title are told apart by their order. */
function freeKey(key: string, { line }: ParsedDocument, taken: ReadonlyMap<string, unknown>): string {
  if (line === null) return key;
  let free = key;
  for (let n = 2; taken.has(free); n += 1) free = `${key}-${n}`;
  return free;
}

function capsulesOf({ key, document }: KeyedDocument, related: RelatedDocuments, root: string): PlannedCapsule[] {
  const folder = dirname(document.path);
  const collection = document.collection ?? (folder === '.' ? root : `${root}/${folder}`);
  const title = fullTitle(document);
  const { lead, parts } = document.line === null ? splitDocument(document) : { lead: document.content, parts: [] };
  const { type, tags, validFrom, validTo, path, line } = document;
  const main: PlannedCapsule = {
    key,
    title,
    content: lead,
    type,
    tags,
    metadata: mainMetadata(key, document, related),
    collection,
    position: document.position,
    validFrom,
    validTo,
    derivedFrom: related.derivations.get(key) ?? [],
    sectionOf: null,
    path,
    line,
  };
  const sections = parts.map((part, at): PlannedCapsule => {
    const heading = headingOf(part);
    const reason = clip(`section of ${title ?? path}`);
    return {
      key: `${key}#${part.slug}`,
      title: clip(`${title ?? path} › ${heading}`),
      content: part.text,
      type,
      tags,
      metadata: { source_path: path, section: heading },
      collection: `${collection}/${basename(path)}`,
      position: at + 1,
      validFrom,
      validTo,
      derivedFrom: [{ parent: { key }, relation: 'fork', reason, stated: reason }],
      sectionOf: key,
      path,
      line,
    };
  });
  return [main, ...sections];
}

/**
 * The title with the document's short name before it: `PEP 343: The "with" Statement`. What the title says of its number
 * itself, however it is spelled (`ADR 0003: …`, `PEP 8 -- …`, `7. …`), is not said twice.
 */
function fullTitle({ title, shortName, number }: ParsedDocument): string | null {
  if (title === null || shortName === null || number === null) return title === null ? null : clip(title);
  const numbered = `${number.scheme}[-_ ]?0*${number.value}(?![\\p{L}\\p{N}_])`;
  const mark = new RegExp(`^(?:${numbered}|0*${number.value})\\s*[:.)–—-]{1,3}\\s+(?=\\S)`, 'iu').exec(title);
  if (mark !== null) return clip(`${shortName}: ${title.slice(mark[0].length)}`);
  // Without a mark after it the number is part of a phrase: `PEP 8 revisited`.
  return clip(new RegExp(`^${numbered}`, 'iu').test(title) ? title : `${shortName}: ${title}`);
}

function headingOf({ headings, piece }: DocumentPart): string {
  const path = headings.length === 0 ? 'continued' : headings.join(' › ');
  return piece === 1 ? path : `${path} (${piece})`;
}

function clip(text: string): string {
  return text.length <= MAX_TITLE ? text : `${text.slice(0, MAX_TITLE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * The author's metadata, and what became of the stated relations: a relation that another document states from its end
 * changes this document's lineage, so it must show as a change of this capsule.
 */
function mainMetadata(key: string, document: ParsedDocument, related: RelatedDocuments): JsonObject {
  const lineage = lineageOf(related.derivations.get(key) ?? []);
  const metadata: Record<string, JsonValue> = { ...document.metadata, ...lineage };
  const unresolved = related.unresolved.get(key) ?? [];
  if (unresolved.length > 0) {
    metadata['unresolved_relations'] = unresolved.map(({ relation, stated, why }) => ({ relation, stated, why }));
  }
  return metadata;
}
