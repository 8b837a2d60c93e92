/**
 * Architecture decision records: a number in the file name or the title, a status, and "Supersedes [ADR-3](0003-x.md)"
 * lines. Only such lines count; a sentence that mentions superseding states nothing.
 * @module
 */
import { basename } from 'node:path/posix';
import type { DocumentNumber, Reference, StatedRelation } from './source-document.js';

export interface DecisionRecord {
  readonly number: DocumentNumber | null;
  /** As written, upper case: `ADR-0003`; null when nothing but a bare number names it. */
  readonly shortName: string | null;
  readonly status: string | null;
  readonly relations: readonly StatedRelation[];
}

const NAMED = /\badr[-_ ]?(\d{1,6})\b/i;
const NUMBERED_FILE = /^(\d{1,6})[-_. ]/;

/** `Supersedes …`, also as adr-tools spells it, in a list, in bold, or after `Status:`. */
const STATEMENT =
  /^[ \t>*+-]*(?:\**status\**[ \t]*:[ \t*]*)?\**(superseded by|superceded by|superseded-by|supersedes|supercedes|replaces|replaced by)\b:?\**[ \t:]*(.*)$/i;
const LINK = /\[([^\]]*)\]\(<?([^)>\s]+)>?[^)]*\)|`([^`<]*)<([^`>]+)>`__?/g;
const STATUS_HEADING = /^(?:#{1,6}[ \t]+)?status[ \t]*#*$/i;
const STATUS_LINE = /^[ \t*+-]*\**status\**[ \t]*:\**[ \t]*(\S.*)$/i;

/** What makes `text` a decision record, or null when it is none. `status` is the one its metadata gave. */
export function readDecisionRecord(
  path: string,
  title: string | null,
  text: string,
  status: string | null,
): DecisionRecord | null {
  const file = basename(path);
  const named = NAMED.exec(file) ?? NAMED.exec(title ?? '');
  const bare = NUMBERED_FILE.exec(file);
  if (named === null && bare === null) return null;
  const lines = proseLines(text);
  const found = status ?? statusOf(lines);
  const relations = statements(status === null ? lines : [`Status: ${status}`, ...lines]);
  if (found === null && relations.length === 0) return null;
  const digits = named?.[1] ?? bare?.[1];
  return {
    number: digits === undefined ? null : { scheme: 'ADR', value: Number(digits) },
    shortName: named === null ? null : named[0].toUpperCase().replace(/[_ ]/, '-'),
    status: found,
    relations,
  };
}

/** Lines outside fenced code. */
function proseLines(text: string): string[] {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark.slice(0, 3) : mark.startsWith(fence) ? null : fence;
    else if (fence === null) lines.push(line);
  }
  return lines;
}

function statusOf(lines: readonly string[]): string | null {
  for (const [at, line] of lines.entries()) {
    const inline = STATUS_LINE.exec(line)?.[1];
    if (inline !== undefined) return inline.trim();
    if (!STATUS_HEADING.test(line)) continue;
    const value = lines.slice(at + 1, at + 6).find((next) => next.trim() !== '' && !/^[-=~^"'`#]{3,}$/.test(next));
    if (value !== undefined && !value.startsWith('#')) return value.trim();
  }
  return null;
}

function statements(lines: readonly string[]): StatedRelation[] {
  const relations: StatedRelation[] = [];
  for (const line of lines) {
    const match = STATEMENT.exec(line);
    if (match === null) continue;
    const rest = match[2] ?? '';
    const references = referencesIn(rest);
    const other = / by$|-by$/i.test(match[1] ?? '') ? 'source' : 'target';
    for (const reference of references) {
      relations.push({ other, reference, relation: 'fork', reason: null, stated: plain(line) });
    }
  }
  return relations;
}

function referencesIn(text: string): Reference[] {
  const links = [...text.matchAll(LINK)].map((link): Reference => ({ by: 'path', text: link[2] ?? link[4] ?? '' }));
  if (links.length > 0) return links.filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link.text));
  return [...text.matchAll(/\badr[-_ ]?\d{1,6}\b/gi)].map((name): Reference => ({ by: 'any', text: name[0] }));
}

/** The words of a line without its markup: `Supersedes ADR-0003`. */
function plain(line: string): string {
  return line
    .replace(LINK, (_, markdown?: string, _path?: string, rst?: string) => (markdown ?? rst ?? '').trim())
    .replace(/^[ \t>*+-]+|\*\*/g, '')
    .trim();
}
