/**
 * Sentences of prose and of light markup (Markdown, reStructuredText), as exact pieces of the text.
 * @module
 */

/** A piece of a text: `text` is the source's characters from `start` to `end`, exclusive. */
export interface TextSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    'mr mrs ms dr prof st sr jr vs etc e.g i.e cf al fig figs no nos vol pp p ch sec eq approx inc ltd co corp dept ' +
    'est gen gov hon rep sen rev jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k a.m p.m ph.d'
  ).split(' '),
);

const LATIN_END = 1;
const CJK_END = 2;
const CLOSER = 3;
/** What each mark does, by character code; every character is looked up, so this is no set of strings. */
const MARKS = new Uint8Array(0x10000);
for (const mark of '.!?…') MARKS[mark.charCodeAt(0)] = LATIN_END;
for (const mark of '。！？｡') MARKS[mark.charCodeAt(0)] = CJK_END;
for (const mark of '"\'”’)]}»*_`') MARKS[mark.charCodeAt(0)] = CLOSER;

/**
 * A line that begins a block of its own: a heading, a bullet, a numbered item, a quote, a directive, a field, a table
 * row. What follows the second colon of a field at once makes it a role (`:pep:`8``), which is part of a sentence.
 */
const BLOCK_START = /^\s*(?:#{1,6}\s|[-*+•]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s|>|\.\. |:[\w -]+:(?:\s|$)|\|)/;
const HEADING = /^\s*#{1,6}\s/;
const ONE_LINER = /^\s*(?:\.\. |:[\w -]+:(?:\s|$)|\|)/;
const FENCE = /^\s*(?:```|~~~)/;
/** A reStructuredText heading's rule, or a Markdown one. */
const RULE = /^\s*([=\-~^"'`#*+.:_<>])\1{2,}\s*$/;
const CODE_INDENT = /^(?: {4,}|\t)/;

interface Line {
  readonly start: number;
  /** Without the line break. */
  readonly end: number;
}

/**
 * The sentences of `text`, in order, each without surrounding white space. Headings, bullets, table rows and lines of
 * code stand alone; rules and fences are left out.
 */
export function splitSentences(text: string): TextSpan[] {
  return [...sentencesOf(text)];
}

/** The same one after another, for readers who need the first few. */
export function* sentencesOf(text: string): Generator<TextSpan, void> {
  let spans: TextSpan[] = [];
  let blockStart = -1;
  let blockEnd = -1;
  let fenced = false;
  let afterBlank = true;
  let literal = false;
  const flush = (): void => {
    if (blockStart >= 0) splitBlock(text, blockStart, blockEnd, spans);
    blockStart = -1;
  };
  for (const line of linesOf(text)) {
    if (spans.length > 0) {
      yield* spans;
      spans = [];
    }
    if (!fenced && goesOn(text, line)) {
      literal = false;
      afterBlank = false;
      if (blockStart < 0) blockStart = line.start;
      blockEnd = line.end;
      continue;
    }
    const content = text.slice(line.start, line.end);
    if (FENCE.test(content)) {
      flush();
      fenced = !fenced;
      continue;
    }
    if (content.trim() === '') {
      if (blockStart >= 0) literal = text.slice(blockStart, blockEnd).trimEnd().endsWith('::');
      flush();
      afterBlank = true;
      continue;
    }
    // After a blank line, an indented line is code where something announced it or no prose block could start there.
    const indented = CODE_INDENT.test(content);
    if (!indented) literal = false;
    if (
      fenced ||
      (indented && literal) ||
      (indented && afterBlank && !BLOCK_START.test(content) && looksLikeCode(content))
    ) {
      flush();
      pushTrimmed(text, line.start, line.end, spans);
      continue;
    }
    afterBlank = false;
    if (RULE.test(content)) {
      flush();
      continue;
    }
    if (BLOCK_START.test(content)) flush();
    if (blockStart < 0) blockStart = line.start;
    blockEnd = line.end;
    if (HEADING.test(content) || ONE_LINER.test(content)) flush();
  }
  flush();
  yield* spans;
}

/**
 * True for most lines of prose: they begin with a word at the margin, so they are no markup and need no closer look. An
 * enumerator such as `a.` is no word.
 */
function goesOn(text: string, { start, end }: Line): boolean {
  return end - start > 1 && isLetter(text.charCodeAt(start)) && isLetter(text.charCodeAt(start + 1));
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function looksLikeCode(line: string): boolean {
  return /[{};=]\s*$|^\s*(?:def|class|import|from|return|const|let|var|function|if|for|while)\b.*[:;{(=]|[=!<>]=|\w\(.*\)|->|=>/.test(
    line,
  );
}

function* linesOf(text: string): Generator<Line> {
  let start = 0;
  while (start <= text.length) {
    const at = text.indexOf('\n', start);
    const stop = at < 0 ? text.length : at;
    yield { start, end: stop > start && text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop };
    if (at < 0) return;
    start = at + 1;
  }
}

function pushTrimmed(text: string, from: number, to: number, spans: TextSpan[]): void {
  const piece = text.slice(from, to);
  const start = from + piece.length - piece.trimStart().length;
  const end = from + piece.trimEnd().length;
  if (end > start) spans.push({ text: text.slice(start, end), start, end });
}

function splitBlock(text: string, from: number, to: number, spans: TextSpan[]): void {
  let start = from;
  for (let i = from; i < to; i++) {
    const mark = MARKS[text.charCodeAt(i)];
    if (mark !== LATIN_END && mark !== CJK_END) continue;
    let end = i + 1;
    while (end < to && MARKS[text.charCodeAt(end)] !== 0) end++;
    const stop = text.charCodeAt(i) === 46;
    if (mark === CJK_END || (endsSentence(text, start, i, end, to) && !(stop && isAbbreviation(text, start, i)))) {
      pushTrimmed(text, start, end, spans);
      start = end;
    }
    i = end - 1;
  }
  pushTrimmed(text, start, to, spans);
}

const SPACE = /\s/;

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || (code > 127 && SPACE.test(String.fromCharCode(code)));
}

/** An enumerator and the white space around it are not longer. */
const LONGEST_ENUMERATOR = 64;
const ENUMERATOR = /^\s*[-*+(]?\s*\(?\w{1,3}$/;
const SHORT_ENUMERATOR = /^\s*(?:[-*+]\s+)?\(?(?:\d{1,3}|[a-zA-Z])$/;

/** A mark ends a sentence when white space follows it and then something that can begin one. */
function endsSentence(text: string, start: number, mark: number, end: number, to: number): boolean {
  if (end >= to) return true;
  if (!isSpace(text.charCodeAt(end))) return false;
  // An enumerator (`1. First`) belongs to its sentence.
  if (mark - start <= LONGEST_ENUMERATOR) {
    const opening = text.slice(start, mark);
    if (ENUMERATOR.test(opening) && SHORT_ENUMERATOR.test(opening)) return false;
  }
  const limit = Math.min(to, end + 80);
  let next = end;
  while (next < limit && isSpace(text.charCodeAt(next))) next++;
  if (next >= limit) return true;
  const code = text.charCodeAt(next);
  return code < 128 ? code < 97 || code > 122 : !/^\p{Ll}/u.test(text.slice(next, next + 1));
}

function isAbbreviation(text: string, start: number, dot: number): boolean {
  const from = Math.max(start, dot - 12);
  let at = dot;
  while (at > from && (isLetter(text.charCodeAt(at - 1)) || text.charCodeAt(at - 1) === 46)) at--;
  const cut = at > from && text.charCodeAt(at - 1) > 127;
  const word = cut ? (/[\p{L}.]+$/u.exec(text.slice(from, dot))?.[0] ?? '') : text.slice(at, dot);
  // A lone capital is an initial: `J. Smith`.
  return ABBREVIATIONS.has(word.toLowerCase()) || /^\p{Lu}$/u.test(word);
}
