/**
 * Who is meant by a reference. The first way of naming that finds anything decides; where it finds more than one
 * document the reference is ambiguous, never guessed.
 * @module
 */
import { basename, dirname, extname, join, normalize } from 'node:path/posix';
import type { DocumentNumber, Reference } from './source-document.js';

/**
 * A document as far as references look at it. `path` is null for lines of a JSONL file, which share one, `seriesId` for
 * what the memory does not hold yet.
 */
export interface Referable {
  readonly seriesId: string | null;
  readonly key: string;
  readonly path: string | null;
  readonly number: DocumentNumber | null;
}

export type Resolution =
  | { readonly outcome: 'found'; readonly key: string }
  /** It has the form of an id; whether the memory holds it is not known here. */
  | { readonly outcome: 'id'; readonly id: string }
  | { readonly outcome: 'dangling' }
  | { readonly outcome: 'ambiguous'; readonly candidates: readonly string[] };

export interface ReferenceIndex {
  resolve(from: Referable, reference: Reference): Resolution;
}

const NUMBERED_NAME = /^([a-z]{2,8})[-_ ]?0*(\d{1,9})$/i;

export function indexReferences(documents: readonly Referable[]): ReferenceIndex {
  const bySeries = grouped(documents, ({ seriesId }) => (seriesId === null ? [] : [seriesId]));
  const byKey = grouped(documents, (document) => [document.key]);
  const byPath = grouped(documents, ({ path }) => (path === null ? [] : [path]));
  const byFile = grouped(documents, ({ path }) => (path === null ? [] : [basename(path)]));
  const byPathStem = grouped(documents, ({ path }) => (path === null ? [] : [withoutEnding(path)]));
  const byStem = grouped(documents, ({ path }) => (path === null ? [] : [basename(path, extname(path))]));
  const byNumber = grouped(documents, ({ number }) => (number === null ? [] : [numberKey(number)]));
  const byBareNumber = grouped(documents, ({ number }) => (number === null ? [] : [String(number.value)]));

  const paths = (from: Referable, text: string): readonly (readonly string[])[] => {
    const written = pathOf(text);
    if (written === null) return [];
    const relative = normalize(join(from.path === null ? '.' : dirname(from.path), written));
    const fromRoot = normalize(written.replace(/^\/+/, ''));
    const isName = !written.includes('/');
    return [
      byPath.get(relative) ?? [],
      byPath.get(fromRoot) ?? [],
      isName ? (byFile.get(written) ?? []) : [],
      // Links of wikis and of some site builders leave the ending out.
      byPathStem.get(relative) ?? [],
      byPathStem.get(fromRoot) ?? [],
      isName ? (byStem.get(written) ?? []) : [],
    ];
  };

  const numbers = (from: Referable, text: string): readonly string[] => {
    const value = Number(text);
    if (from.number === null) return byBareNumber.get(String(value)) ?? [];
    return byNumber.get(numberKey({ scheme: from.number.scheme, value })) ?? [];
  };

  const anything = (from: Referable, text: string): readonly (readonly string[])[] => {
    const named = NUMBERED_NAME.exec(text);
    return [
      byKey.get(text) ?? [],
      ...paths(from, text),
      byStem.get(text) ?? [],
      named === null ? [] : (byNumber.get(numberKey({ scheme: named[1] ?? '', value: Number(named[2]) })) ?? []),
    ];
  };

  return {
    resolve(from, reference) {
      switch (reference.by) {
        case 'id': {
          // An author may have taken an id for a key or a file name.
          const known = first([bySeries.get(reference.text) ?? [], ...anything(from, reference.text)]);
          return known.outcome === 'dangling' ? { outcome: 'id', id: reference.text } : known;
        }
        case 'key':
          return first([byKey.get(reference.text) ?? []]);
        case 'path':
          return first(paths(from, reference.text));
        case 'number':
          return first([numbers(from, reference.text)]);
        case 'any':
          return first(anything(from, reference.text));
      }
    },
  };
}

function first(ways: readonly (readonly string[])[]): Resolution {
  const hits = ways.find((way) => way.length > 0) ?? [];
  const [only] = hits;
  if (only === undefined) return { outcome: 'dangling' };
  return hits.length === 1 ? { outcome: 'found', key: only } : { outcome: 'ambiguous', candidates: hits };
}

function grouped(documents: readonly Referable[], names: (document: Referable) => string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const document of documents) {
    for (const name of names(document)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [document.key]);
      else if (!group.includes(document.key)) group.push(document.key);
    }
  }
  return groups;
}

function numberKey({ scheme, value }: DocumentNumber): string {
  return `${scheme.toUpperCase()} ${value}`;
}

function withoutEnding(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** A link's path without its fragment, percent signs decoded; null when it is no path at all. */
function pathOf(text: string): string | null {
  const bare = text.replace(/[?#].*$/, '');
  if (bare === '') return null;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
