/**
 * Architecture decision records: a number in the file name or the title, a status, and what they supersede.
 * @module
 */
import { basename } from 'node:path/posix';
import type { DocumentNumber, StatedRelation } from './source-document.js';
import { readStatus } from './status-text.js';
import { readSupersessions } from './supersession.js';

export interface DecisionRecord {
  readonly number: DocumentNumber | null;
  /** As written, upper case: `ADR-0003`; null when nothing but a bare number names it. */
  readonly shortName: string | null;
  readonly status: string | null;
  readonly relations: readonly StatedRelation[];
}

const NAMED = /\badr[-_ ]?(\d{1,6})\b/i;
const NUMBERED_FILE = /^(\d{1,6})[-_. ]/;

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
  const prose = proseLines(text);
  const lines = status === null ? prose : [`Status: ${status}`, ...prose];
  const { status: first, texts } = readStatus(lines);
  const found = status ?? first;
  const relations = readSupersessions(lines, texts);
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
