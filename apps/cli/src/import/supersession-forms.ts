/**
 * The forms in which decision records say what they supersede: the phrases, the references after them, and headings and
 * labels with the references below.
 * @module
 */

/** Also as adr-tools spells it. An underscore around it is emphasis, within a name it is none. */
export const PHRASE =
  /(?<![a-z\d-]|[a-z\d]_)(?:super[sc]eded[ \n-]by|super[sc]edes|replaces|replaced[ \n-]by)(?![a-z\d]|_[a-z\d])/;

/** In Markdown and in reStructuredText. */
export const LINK = /\[([^\]]*)\]\(<?([^)>\s]+)>?[^)]*\)|`([^`<]*)<([^`>]+)>`__?/;
export const NUMBER = /\badr[-_ ]?\d{1,9}\b/;

/** A number that stands alone: not `3.5`, `2024-05`, nor `3 services`. */
export const BARE = /#?\b\d{1,9}(?![\w-]|\.\d)(?=[ \t]*(?:$|[\n.,;:()|*_]|&|\band\b))/;

const BOUNDED_LINK = /\[[^\]]{0,500}\]\([^)]{1,2000}\)(?:\s*\(adr[-_ ]?\d{1,9}\))?|`[^`<]{0,500}<[^`>]{1,2000}>`__?/;

/** One reference, in emphasis or not. */
export const ONE = new RegExp(`[*_]{0,3}(?:${BOUNDED_LINK.source}|${NUMBER.source}|${BARE.source})[*_]*`);
export const BETWEEN = /\s*(?:,\s*and\b|,|&|\band\b)\s*/;

const HEADING = new RegExp(`^#{1,6}[ \\t]+(?:\\d{1,3}[.)]?[ \\t]+)?[*_]*(${PHRASE.source})[*_: \\t]*#*[ \\t]*$`, 'i');
const UNDERLINED = new RegExp(`^(${PHRASE.source})[: \\t]*$`, 'i');
const UNDERLINE = /^[-=~^"'`#]{3,}[ \t]*$/;

/** A line of its own that a colon or emphasis makes a label; also as an item of a list. */
const LABEL = new RegExp(`^([ \\t>]*)([*+-][ \\t]+)?[*_]*(${PHRASE.source})[*_ \\t]*[:*_][*_: \\t]*$`, 'i');

const ITEM = /^([ \t>]*)(?:[*+-]|\d{1,3}[.)])[ \t]+/;

export interface StatementBelow {
  readonly phrase: string;
  /** A line under it, without its list mark. */
  readonly item: string;
  /** As an item of a list, so that more words after the reference only explain it. */
  readonly listed: boolean;
}

/**
 * Lines below a heading, up to the next one, and those that go with a label: the line after it, or a list after that.
 *
 * @param lines those outside fenced code
 */
export function statementsBelow(lines: readonly string[]): StatementBelow[] {
  const found: StatementBelow[] = [];
  for (const [at, line] of lines.entries()) {
    const underlined = UNDERLINE.test(lines[at + 1] ?? '');
    const heading = HEADING.exec(line)?.[1] ?? (underlined ? UNDERLINED.exec(line)?.[1] : undefined);
    if (heading !== undefined) {
      for (const below of untilHeading(lines, underlined ? at + 2 : at + 1)) found.push(itemOf(heading, below));
      continue;
    }
    const [, indent = '', mark, label] = LABEL.exec(line) ?? [];
    if (label === undefined) continue;
    for (const below of afterLabel(lines, at + 1, mark === undefined ? -1 : indent.length))
      found.push(itemOf(label, below));
  }
  return found;
}

function itemOf(phrase: string, line: string): StatementBelow {
  return { phrase, item: line.replace(ITEM, '').trim(), listed: ITEM.test(line) };
}

function* untilHeading(lines: readonly string[], from: number): Generator<string> {
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (/^#{1,6}[ \t]/.test(line) || (line.trim() !== '' && UNDERLINE.test(lines[at + 1] ?? ''))) return;
    if (line.trim() !== '') yield line;
  }
}

/** Under a label that is an item itself, only what is indented further belongs to it. */
function* afterLabel(lines: readonly string[], from: number, beyond: number): Generator<string> {
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const indent = ITEM.exec(line)?.[1];
    if (indent === undefined ? at > from : indent.length <= beyond) return;
    yield line;
  }
}
