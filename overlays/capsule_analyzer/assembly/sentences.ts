/** Sentences of the prose of a text: headings, code, tables, comments and field lists are passed over. */
import { isLabel } from './labels';
import {
  isNegation,
  isNumber,
  isStop,
  isWordByte,
  isDigit,
  isMonth,
  nextWord,
  sideOf,
  stemHash,
  wordAt,
  wordEnd,
  wordHash,
} from './words';

/** Further sentences of a text are not read. */
const MOST: i32 = 1500;

export class Sentence {
  /** Sorted stems of the words that mean something, each once. */
  terms: u32[] = [];
  /** Hashes of numbers, of years and dates, of sides of opposites. */
  numbers: u32[] = [];
  dates: u32[] = [];
  /** Hashes of the numbers that name what it is about. */
  labels: u32[] = [];
  sides: i32[] = [];
  negations: i32 = 0;
  words: i32 = 0;

  constructor(
    readonly start: usize,
    readonly end: usize,
    /** Paragraph, from 0. */
    readonly paragraph: i32,
  ) {}
}

export class Prose {
  sentences: Sentence[] = [];
  headings: i32 = 0;
  codeLines: i32 = 0;
  lines: i32 = 0;
  paragraphs: i32 = 0;
}

export function readProse(at: usize, length: i32): Prose {
  const prose = new Prose();
  const end = at + length;
  let line = at;
  let from: usize = 0;
  let to: usize = 0;
  let fenced = false;
  while (line < end) {
    let stop = line;
    while (stop < end && load<u8>(stop) != 10) stop++;
    const kind = fenced ? CODE : kindOf(line, stop);
    if (isFence(line, stop)) fenced = !fenced;
    if (kind != BLANK) prose.lines++;
    if (kind == CODE) prose.codeLines++;
    if (kind == HEADING || kind == RULE) prose.headings++;
    if (kind == RULE && from != 0) {
      // What is underlined is a heading: it is no sentence.
      let last = to;
      while (last > from && load<u8>(last - 1) != 10) last--;
      to = last > from ? last - 1 : from;
    }
    if (kind == PROSE || kind == ITEM) {
      if (kind == ITEM && from != 0) {
        cut(prose, from, to);
        from = 0;
      }
      if (from == 0) from = kind == ITEM ? behindMark(line, stop) : line;
      to = stop;
    } else if (from != 0) {
      cut(prose, from, to);
      from = 0;
    }
    line = stop + 1;
  }
  if (from != 0) cut(prose, from, to);
  return prose;
}

const BLANK: i32 = 0;
const PROSE: i32 = 1;
const CODE: i32 = 2;
const HEADING: i32 = 3;
const RULE: i32 = 4;
const ITEM: i32 = 5;
const OTHER: i32 = 6;

function isFence(line: usize, stop: usize): bool {
  while (line < stop && load<u8>(line) == 32) line++;
  return stop - line >= 3 && load<u8>(line) == 96 && load<u8>(line + 1) == 96 && load<u8>(line + 2) == 96;
}

function kindOf(line: usize, stop: usize): i32 {
  let p = line;
  let tab = false;
  while (p < stop && (load<u8>(p) == 32 || load<u8>(p) == 9 || load<u8>(p) == 13)) {
    if (load<u8>(p) == 9) tab = true;
    p++;
  }
  if (p == stop) return BLANK;
  if (p - line >= 4 || tab) return CODE;
  const c = load<u8>(p);
  if (isFence(p, stop)) return CODE;
  if (c == 35) return HEADING;
  if (c == 124 || c == 60 || c == 43) return OTHER;
  if (c == 46 && p + 1 < stop && load<u8>(p + 1) == 46) return OTHER;
  let same = p;
  while (same < stop && load<u8>(same) == c) same++;
  if (same - p >= 3 && same == stop && !isWordByte(c)) return RULE;
  if ((c == 45 || c == 42) && p + 1 < stop && load<u8>(p + 1) == 32) return ITEM;
  if (isDigit(c)) {
    let q = p;
    while (q < stop && isDigit(load<u8>(q))) q++;
    if (q - p <= 2 && q + 1 < stop && (load<u8>(q) == 46 || load<u8>(q) == 41) && load<u8>(q + 1) == 32) return ITEM;
  }
  // `Field: value` lines of a header, and option lists.
  let q = p;
  while (q < stop && (isWordByte(load<u8>(q)) || load<u8>(q) == 45)) q++;
  if (q > p && q + 1 < stop && load<u8>(q) == 58 && stop - p < 80 && q - p < 24 && load<u8>(stop - 1) != 46)
    return OTHER;
  return PROSE;
}

function behindMark(line: usize, stop: usize): usize {
  let p = line;
  while (p < stop && load<u8>(p) <= 32) p++;
  while (p < stop && load<u8>(p) != 32) p++;
  while (p < stop && load<u8>(p) == 32) p++;
  return p;
}

function cut(prose: Prose, from: usize, to: usize): void {
  const paragraph = prose.paragraphs++;
  let start = from;
  for (let p = from; p < to; p++) {
    const c = load<u8>(p);
    if (c != 46 && c != 33 && c != 63) continue;
    let q = p + 1;
    while (q < to && (load<u8>(q) == 34 || load<u8>(q) == 39 || load<u8>(q) == 41)) q++;
    if (q < to && load<u8>(q) != 32 && load<u8>(q) != 10) continue;
    let next = q;
    while (next < to && (load<u8>(next) == 32 || load<u8>(next) == 10)) next++;
    if (next < to) {
      const first = load<u8>(next);
      if (first >= 97 && first <= 122) continue;
      if (c == 46 && isAbbreviation(start, p)) continue;
    }
    add(prose, start, q, paragraph);
    start = next;
    p = next - 1;
  }
  add(prose, start, to, paragraph);
}

const ABBREVIATIONS: string[] = [
  'e.g',
  'i.e',
  'dr',
  'mr',
  'mrs',
  'ms',
  'prof',
  'etc',
  'vs',
  'fig',
  'no',
  'art',
  'sec',
  'st',
  'cf',
  'al',
  'inc',
  'ltd',
  'approx',
  'pp',
  'vol',
];

function isAbbreviation(start: usize, dot: usize): bool {
  let from = dot;
  while (from > start && load<u8>(from - 1) > 32 && load<u8>(from - 1) != 40) from--;
  const length = <i32>(dot - from);
  if (length == 1) return true;
  for (let i = 0; i < ABBREVIATIONS.length; i++) {
    const word = ABBREVIATIONS[i];
    if (word.length != length) continue;
    let same = true;
    for (let j = 0; j < length && same; j++) {
      let c = <i32>load<u8>(from + j);
      if (c >= 65 && c <= 90) c |= 32;
      same = c == word.charCodeAt(j);
    }
    // `No.` and `Art.` are abbreviations only before a number.
    if (same && (word == 'no' || word == 'art' || word == 'sec')) return isDigit(load<u8>(dot + 2));
    if (same) return true;
  }
  return false;
}

function add(prose: Prose, start: usize, end: usize, paragraph: i32): void {
  while (start < end && load<u8>(start) <= 32) start++;
  while (end > start && load<u8>(end - 1) <= 32) end--;
  if (end <= start || prose.sentences.length >= MOST) return;
  const sentence = new Sentence(start, end, paragraph);
  let p = start;
  while (nextWord(p, end)) {
    sentence.words++;
    const hash = wordHash;
    if (isNumber) {
      if (isLabel(wordAt, start)) sentence.labels.push(hash);
      else if (isDate()) sentence.dates.push(hash);
      else sentence.numbers.push(hash);
    } else if (isMonth(hash) && load<u8>(wordAt) < 97) sentence.dates.push(hash);
    else {
      if (isNegation(hash)) sentence.negations++;
      const side = sideOf(stemHash);
      if (side != 0) sentence.sides.push(side);
      else if (!isStop(hash)) sentence.terms.push(stemHash);
    }
    p = wordEnd;
  }
  if (sentence.words == 0) return;
  sentence.terms.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let kept = 0;
  for (let i = 0; i < sentence.terms.length; i++)
    if (i == 0 || sentence.terms[i] != sentence.terms[i - 1]) sentence.terms[kept++] = sentence.terms[i];
  sentence.terms.length = kept;
  prose.sentences.push(sentence);
}

/** A year, or figures with two dashes or points. */
function isDate(): bool {
  const length = wordEnd - wordAt;
  const century =
    load<u8>(wordAt) == 49
      ? load<u8>(wordAt + 1) == 57 || load<u8>(wordAt + 1) == 56
      : load<u8>(wordAt) == 50 && load<u8>(wordAt + 1) == 48;
  if (length == 4 && century) {
    for (let i: usize = 0; i < 4; i++) if (!isDigit(load<u8>(wordAt + i))) return false;
    return true;
  }
  if (length < 8 || length > 10) return false;
  let signs = 0;
  for (let p = wordAt; p < wordEnd; p++) if (load<u8>(p) == 45 || load<u8>(p) == 46) signs++;
  return signs == 2;
}
