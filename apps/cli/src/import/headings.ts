/**
 * Finding headings, in Markdown and in reStructuredText (whose rules also suit plain text with underlined titles).
 * @module
 */
import type { DocumentFormat } from './source-document.js';

export interface Heading {
  /** 1 is the outermost. */
  readonly level: number;
  readonly title: string;
  /** Offset of the heading's first character, and of the first one after it. */
  readonly start: number;
  readonly end: number;
}

interface Line {
  readonly text: string;
  readonly start: number;
}

/** Every heading at or after offset `from`, in order. */
export function findHeadings(text: string, format: DocumentFormat, from = 0): Heading[] {
  const lines = linesOf(text, from);
  return format === 'markdown' ? markdownHeadings(lines, text.length) : underlinedHeadings(lines, text.length);
}

function linesOf(text: string, from: number): Line[] {
  const lines: Line[] = [];
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    lines.push({ text: text.slice(start, end), start });
    start = end + 1;
  }
  return lines;
}

const ATX = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

function markdownHeadings(lines: readonly Line[], length: number): Heading[] {
  const headings: Heading[] = [];
  let fence: string | null = null;
  let paragraph = false;
  for (const [at, line] of lines.entries()) {
    const end = lines[at + 1]?.start ?? length;
    const mark = FENCE.exec(line.text)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) === true && line.text.trim() === mark) fence = null;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      paragraph = false;
      continue;
    }
    const atx = ATX.exec(line.text);
    if (atx !== null) {
      headings.push({ level: atx[1]?.length ?? 1, title: plainTitle(atx[2] ?? ''), start: line.start, end });
      paragraph = false;
      continue;
    }
    const setext = /^ {0,3}(=+|-+)[ \t]*$/.exec(line.text)?.[1];
    const above = lines[at - 1];
    // Only a paragraph of one line becomes a title here: longer ones are nearly always prose before a thematic break.
    if (setext !== undefined && paragraph && above !== undefined && isLoneLine(lines, at - 1)) {
      headings.push({ level: setext.startsWith('=') ? 1 : 2, title: plainTitle(above.text), start: above.start, end });
      paragraph = false;
      continue;
    }
    paragraph = line.text.trim() !== '' && !/^( {4}|\t| {0,3}[>|*+-]|\s*\d+[.)] )/.test(line.text);
  }
  return headings.filter((heading) => heading.title !== '');
}

function isLoneLine(lines: readonly Line[], at: number): boolean {
  const before = lines[at - 1]?.text.trim() ?? '';
  return before === '' || ATX.test(before) || FENCE.test(before);
}

const UNDERLINE = /^([!-/:-@[-`{-~])\1{2,}[ \t]*$/;

function underlinedHeadings(lines: readonly Line[], length: number): Heading[] {
  const headings: Heading[] = [];
  const styles: string[] = [];
  for (let at = 1; at < lines.length; at += 1) {
    const under = lines[at] as Line;
    const title = lines[at - 1] as Line;
    const mark = UNDERLINE.exec(under.text)?.[1];
    if (mark === undefined || title.text.trim() === '' || UNDERLINE.test(title.text)) continue;
    // A line of a few dots or dashes below a long line is an ellipsis or a rule, not an underline.
    if (under.text.trim().length < Math.min(title.text.trim().length, 4)) continue;
    const above = lines[at - 2];
    const overlined = above !== undefined && UNDERLINE.exec(above.text)?.[1] === mark;
    if (!overlined && (above?.text.trim() ?? '') !== '') continue;
    if (!overlined && /^[ \t]/.test(title.text)) continue;
    // An underline much shorter than its title is refused by docutils too.
    if (under.text.trim().length * 2 < title.text.trim().length) continue;
    const style = overlined ? mark + mark : mark;
    if (!styles.includes(style)) styles.push(style);
    const end = lines[at + 1]?.start ?? length;
    headings.push({
      level: styles.indexOf(style) + 1,
      title: plainTitle(title.text),
      start: overlined ? above.start : title.start,
      end,
    });
    at += 1;
  }
  return headings;
}

/** A heading's words without inline markup. */
function plainTitle(text: string): string {
  return text
    .trim()
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/:[a-z-]+:`([^`<]*?)(?: <[^`>]*>)?`/g, '$1')
    .replace(/`{1,2}([^`]+)`{1,2}_?/g, '$1')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/[ \t]+\{#[\w-]+\}$/, '')
    .replace(/\\([^\w\s])/g, '$1')
    .trim();
}
