/**
 * Where a decision record says what became of it: a `Status: …` line, the section under a heading "Status", a row of a
 * table that begins with it.
 * @module
 */

export interface StatusText {
  /** Sections hold sentences too; lines and rows do not. */
  readonly kind: 'line' | 'section';
  readonly text: string;
}

export interface StatedStatus {
  /** The first status there is, as written; null without any. */
  readonly status: string | null;
  /** The first one under a heading of its own, which a lone word "Status" is not. */
  readonly headed: string | null;
  readonly texts: readonly StatusText[];
}

const HEADING = /^(#{1,6}[ \t]+)?status[ \t]*#*$/i;
const LINE = /^[ \t>*+-]*status\**[ \t]*:\**[ \t]*(\S.*)$/i;
const ROW = /^[ \t|*]*status[*:]*[ \t]*\|(.*)$/i;
const UNDERLINE = /^[-=~^"'`#]{3,}[ \t]*$/;

/** How far below its heading a status may begin. */
const NEAR = 5;

/** @param lines those outside fenced code */
export function readStatus(lines: readonly string[]): StatedStatus {
  let status: string | null = null;
  let headed: string | null = null;
  const texts: StatusText[] = [];
  for (const [at, line] of lines.entries()) {
    const row = ROW.exec(line)?.[1];
    const values = row === undefined ? [LINE.exec(line)?.[1] ?? ''] : row.split('|');
    for (const value of values.map((cell) => cell.trim()).filter((cell) => cell !== '')) {
      status ??= value;
      texts.push({ kind: 'line', text: value });
    }
    const heading = HEADING.exec(line);
    if (heading === null) continue;
    const below = lines.slice(at + 1);
    const value = below.slice(0, NEAR).find((next) => next.trim() !== '' && !UNDERLINE.test(next));
    const isHeading = heading[1] !== undefined || UNDERLINE.test(below[0] ?? '');
    if (value !== undefined && !value.startsWith('#')) {
      status ??= value.trim();
      if (isHeading) headed ??= value.trim();
    }
    for (const text of paragraphsOf(below)) {
      texts.push({ kind: 'section', text });
      // A lone word "Status" has no section: who can tell where it would end?
      if (!isHeading) break;
    }
  }
  return { status, headed, texts };
}

/** Paragraphs and list items up to the next heading. */
function* paragraphsOf(lines: readonly string[]): Generator<string> {
  let paragraph: string[] = [];
  for (const [at, line] of lines.entries()) {
    if (at === 0 && UNDERLINE.test(line)) continue;
    const underlined = line.trim() !== '' && UNDERLINE.test(lines[at + 1] ?? '');
    if (/^#{1,6}[ \t]/.test(line) || underlined) break;
    if ((line.trim() === '' || /^[ \t]*[*+-][ \t]/.test(line)) && paragraph.length > 0) {
      yield paragraph.join('\n');
      paragraph = [];
    }
    if (line.trim() !== '') paragraph.push(line.trim());
  }
  if (paragraph.length > 0) yield paragraph.join('\n');
}
