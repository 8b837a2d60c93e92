/**
 * Architecture decision records: a number in the file name or the title, a status, and what they supersede. Without a
 * number it takes more to be one: a status as decisions have it under a heading of its own, or one that says by what it
 * was superseded.
 * @module
 */
import { basename } from 'node:path/posix';
import { withInlineLinks } from './link-forms.js';
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
/** Also a date, as log4brains numbers records. */
const NUMBERED_FILE = /^(\d{1,9})[-_. ]/;

/** How the status of a decision begins; other documents have states too. */
const DECIDED =
  /^[\s*_~>-]*(?:proposed|accepted|rejected|super[sc]eded)(?![\p{L}\p{N}-])(?!\s+(?!by\b|on\b|in\b|since\b|and\b|but\b|as\b)\p{L})/iu;

/** What the metadata of a document says of it as a decision. */
export interface StatedDecision {
  readonly status: string | null;
  /** Whether it names what it supersedes, or what superseded it. */
  readonly supersession: boolean;
}

/** What makes `text` a decision record, or null when it is none. */
export function readDecisionRecord(
  path: string,
  title: string | null,
  text: string,
  { status, supersession }: StatedDecision,
): DecisionRecord | null {
  const file = basename(path);
  const named = NAMED.exec(file) ?? NAMED.exec(title ?? '');
  const digits = named?.[1] ?? NUMBERED_FILE.exec(file)?.[1];
  const prose = withInlineLinks(proseLines(text));
  const lines = status === null ? prose : [...withInlineLinks([`Status: ${status}`]), ...prose];
  const { status: first, headed, texts } = readStatus(lines);
  const found = status ?? first;
  const { relations, named: unread, inStatus } = readSupersessions(lines, texts);
  const isRecord =
    digits === undefined
      ? inStatus || (headed !== null && (relations.length > 0 || DECIDED.test(headed)))
      : found !== null || relations.length > 0 || supersession;
  if (!isRecord) return null;
  return {
    number: digits === undefined ? null : { scheme: 'ADR', value: Number(digits) },
    shortName: named === null ? null : named[0].toUpperCase().replace(/[_ ]/, '-'),
    status: found,
    relations: [...relations, ...unread],
  };
}

/** Lines outside fenced code and comments; templates explain in comments what could stand there. */
function proseLines(text: string): string[] {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark.slice(0, 3) : mark.startsWith(fence) ? null : fence;
    else if (fence === null) lines.push(line);
  }
  return withoutComments(lines.join('\n')).split('\n');
}

function withoutComments(text: string): string {
  let kept = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    const end = start === -1 ? -1 : text.indexOf('-->', start + 4);
    if (end === -1) return kept + text.slice(from);
    kept += text.slice(from, start);
    from = end + 3;
  }
}
