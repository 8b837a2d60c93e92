/**
 * Finds the prose in a document: paragraphs and list items of Markdown, reStructuredText and plain text, each with the
 * heading it stands under. Headings, code, tables, comments, reference lists and link farms are left out, because a
 * sentence from them would answer nothing.
 * @module
 */
import { isAside } from './asides.js';

export interface ProseBlock {
  /** Offsets into the content, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** The nearest heading above, empty when there is none. */
  readonly heading: string;
  /** `field`: one line of a header such as `Author: …`, to be quoted whole. */
  readonly kind: 'paragraph' | 'field';
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly trimmed: string;
  readonly indent: number;
}

const UNDERLINE = /^([=\-~^"'`#*+.:_])\1{2,}$/u;
const FENCE = /^(?:```|~~~)/u;
const LIST_ITEM = /^(?:[-*+•]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)])\s+/u;
const TABLE_LINE = /^(?:\+[-=+]+\+?$|\|.*\|$|[=-]{2,}(?:\s+[=-]{2,})+$)|\S\s*\|.*\|/u;
const FIELD = /^[A-Z][A-Za-z-]{1,24}:(?:\s+\S|$)/u;
const DIRECTIVE = /^\.\.(?:\s|$)/u;
const PROSE_DIRECTIVE =
  /^\.\.\s+(?:note|warning|important|attention|tip|hint|caution|admonition|epigraph|pull-quote|topic)::/u;
const DOCTEST = /^(?:>>>|\.\.\.\s|\$\s|%\s|In \[\d+\]:)/u;
const REFERENCE_ITEM = /^(?:\[[\w.#*^-]{1,24}\](?::|\s)|\.\.\s+[[_])/u;
const CODE_WORD =
  /^(?:def|class|import|from\s+\S+\s+import|return|if .*:$|elif .*:$|else:|for .* in .*:$|while .*:$|try:|except\b.*:$|finally:|with .*:$|raise|print|yield|lambda|@\w|#include|typedef|static|struct|void|int |char |const |let |var |function\b|public|private|SELECT\b|<\/?\w+)/u;

/**
 * The prose of a document in order. Linear in the length of the content.
 * @param asides takes in what stands under headings such as `Copyright` and `Thanks`.
 */
export function proseOf(content: string, asides = false): readonly ProseBlock[] {
  return new ProseScan(linesOf(content), content, asides).run();
}

function linesOf(content: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < content.length;) {
    let end = content.indexOf('\n', start);
    if (end < 0) end = content.length;
    const text = content.slice(start, end);
    const trimmed = text.trim();
    lines.push({ start, end, text, trimmed, indent: trimmed === '' ? 0 : text.length - text.trimStart().length });
    start = end + 1;
  }
  return lines;
}

class ProseScan {
  readonly #lines: readonly Line[];
  readonly #content: string;
  readonly #asides: boolean;
  readonly #blocks: ProseBlock[] = [];
  #heading = '';
  #at = 0;

  constructor(lines: readonly Line[], content: string, asides: boolean) {
    this.#lines = lines;
    this.#content = content;
    this.#asides = asides;
  }

  run(): readonly ProseBlock[] {
    this.#header();
    while (this.#at < this.#lines.length) this.#step();
    return this.#blocks;
  }

  /** Header lines before the first blank one; two fields at least, or it is a paragraph that begins with a colon. */
  #header(): void {
    let end = 0;
    let fields = 0;
    for (; end < this.#lines.length; end++) {
      const line = this.#lines[end] as Line;
      if (line.trimmed === '' || line.trimmed === '---') break;
      if (line.indent === 0 && FIELD.test(line.text)) fields++;
      else if (line.indent === 0 || fields === 0) return;
    }
    if (fields < 2) return;
    for (let i = 0; i < end; i++) {
      const line = this.#lines[i] as Line;
      if (line.indent > 0) continue;
      let last = i;
      while (last + 1 < end && (this.#lines[last + 1] as Line).indent > 0) last++;
      this.#push(line, this.#lines[last] as Line, 'field');
    }
    this.#at = end;
  }

  #step(): void {
    const line = this.#lines[this.#at] as Line;
    if (line.trimmed === '') this.#at++;
    else if (FENCE.test(line.trimmed)) this.#skipFence(line);
    else if (this.#takeHeading(line)) return;
    else if (DIRECTIVE.test(line.trimmed)) this.#directive(line);
    else this.#paragraph();
  }

  #skipFence(opening: Line): void {
    const fence = opening.trimmed.slice(0, 3);
    this.#at++;
    while (this.#at < this.#lines.length && !(this.#lines[this.#at] as Line).trimmed.startsWith(fence)) this.#at++;
    this.#at++;
  }

  #takeHeading(line: Line): boolean {
    const marks = /^#{1,6}\s+(.*?)\s*#*$/u.exec(line.trimmed);
    if (marks !== null && line.indent < 4) {
      this.#heading = marks[1] as string;
      this.#at++;
      return true;
    }
    const next = this.#lines[this.#at + 1];
    if (UNDERLINE.test(line.trimmed)) {
      const after = this.#lines[this.#at + 2];
      if (next !== undefined && after !== undefined && next.trimmed !== '' && after.trimmed === line.trimmed) {
        this.#heading = next.trimmed;
        this.#at += 3;
      } else {
        this.#at++;
      }
      return true;
    }
    const underlined =
      next !== undefined && UNDERLINE.test(next.trimmed) && next.indent === line.indent && line.trimmed.length <= 120;
    if (underlined && next.trimmed.length >= Math.min(3, line.trimmed.length)) {
      this.#heading = line.trimmed;
      this.#at += 2;
      return true;
    }
    // Old plain documents: text indented under short lines that stand at the margin.
    if (line.indent === 0 && (next === undefined || next.trimmed === '') && isBareHeading(line.trimmed)) {
      const below = this.#lines.slice(this.#at + 1, this.#at + 4).find(({ trimmed }) => trimmed !== '');
      if (below !== undefined && below.indent >= 2) {
        this.#heading = line.trimmed;
        this.#at++;
        return true;
      }
    }
    return false;
  }

  #directive(line: Line): void {
    this.#at++;
    if (PROSE_DIRECTIVE.test(line.trimmed)) return;
    this.#skipDeeper(line.indent);
  }

  #skipDeeper(indent: number): void {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] as Line;
      if (line.trimmed !== '' && line.indent <= indent) return;
      this.#at++;
    }
  }

  #paragraph(): void {
    const first = this.#at;
    const opening = this.#lines[first] as Line;
    let end = first + 1;
    for (; end < this.#lines.length; end++) {
      const line = this.#lines[end] as Line;
      if (line.trimmed === '' || FENCE.test(line.trimmed) || interrupts(line.trimmed, opening.trimmed)) break;
      if (/^#{1,6}\s/u.test(line.trimmed)) break;
      const next = this.#lines[end + 1];
      if (next !== undefined && UNDERLINE.test(next.trimmed) && !UNDERLINE.test(line.trimmed)) break;
    }
    this.#at = end;
    // The term of a definition list: one line with its explanation indented below.
    const second = this.#lines[first + 1];
    const term = end > first + 1 && second !== undefined && isTerm(opening, second);
    const lines = this.#lines.slice(term ? first + 1 : first, end);
    const last = lines.at(-1) as Line;
    if (this.#isProse(lines)) this.#push(lines[0] as Line, last, 'paragraph');
    if (last.trimmed.endsWith('::')) this.#skipDeeper(Math.min(opening.indent, last.indent));
  }

  #isProse(lines: readonly Line[]): boolean {
    if (!this.#asides && isAside(this.#heading)) return false;
    const opening = (lines[0] as Line).trimmed;
    if (REFERENCE_ITEM.test(opening)) return false;
    const odd = lines.filter(({ trimmed }) => TABLE_LINE.test(trimmed) || DOCTEST.test(trimmed)).length;
    if (odd * 2 >= lines.length) return false;
    const text = lines.map(({ trimmed }) => trimmed).join(' ');
    return !isLinkFarm(text) && !looksLikeCode(lines, text);
  }

  #push(first: Line, last: Line, kind: ProseBlock['kind']): void {
    const marker = kind === 'paragraph' ? (LIST_ITEM.exec(first.trimmed)?.[0].length ?? 0) : 0;
    const start = first.start + first.indent + marker;
    const end = last.start + last.text.trimEnd().length;
    if (end > start && this.#content.slice(start, end).trim() !== '') {
      this.#blocks.push({ start, end, heading: this.#heading, kind });
    }
  }
}

function isTerm(line: Line, below: Line): boolean {
  const column = line.indent + (LIST_ITEM.exec(line.trimmed)?.[0].length ?? 0);
  return below.indent > column && !/[.,;:!?]$/u.test(line.trimmed) && /^[\p{Lu}"“`(]/u.test(below.trimmed);
}

/** A wrapped line may begin with a number and a full stop: only a first item, or one after another, begins a list. */
function interrupts(line: string, opening: string): boolean {
  if (!LIST_ITEM.test(line)) return false;
  return /^(?:[-*+•]\s|\(?[1aAiI][.)])/u.test(line) || LIST_ITEM.test(opening);
}

function isBareHeading(text: string): boolean {
  return text.length <= 80 && /^[A-Z0-9]/u.test(text) && !/[.,;:!]$/u.test(text);
}

function isLinkFarm(text: string): boolean {
  let linked = 0;
  for (const [link] of text.matchAll(/https?:\/\/\S+|\[[^\]]*\]\([^)]*\)/gu)) linked += link.length;
  return linked * 5 > text.length * 2;
}

function looksLikeCode(lines: readonly Line[], text: string): boolean {
  const coded = lines.filter(({ trimmed }) => CODE_WORD.test(trimmed) || /[{};]$|^\S+\s*=\s*\S/u.test(trimmed)).length;
  const prosaic = /[a-z]{2,}[,.]?\s+[a-z]{2,}\s+[a-z]{2,}/u.test(text);
  if (coded * 2 > lines.length && (!prosaic || coded === lines.length)) return !/[a-z]\.(?:\s|$)/u.test(text);
  const symbols = text.match(/[{}()[\];=<>|&$%@\\/+*]/gu)?.length ?? 0;
  return symbols * 8 > text.length;
}
