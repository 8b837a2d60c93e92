/**
 * Text to index terms. One scan over character codes; ASCII words never meet a regular expression unless their stem is
 * not remembered. `snake_case`, `camelCase` and `3.12` are indexed whole and by their parts, other joined words by parts.
 * @module
 */
import { foldText, foldToken } from './fold-token.js';
import { hashOn, lexemeAt, lexemeOf, NO_HASH, type Lexeme } from './lexemes.js';
import { STOP_WORDS } from './stop-words.js';
import type { WordOpenings } from './term-shape.js';

/** Persisted segments of another analyzer version are refused: their terms would not match ours. Raise on any change. */
export const ANALYZER_VERSION = 2;

/** Longer terms are cut to this many UTF-16 units. */
export const MAX_TERM_LENGTH = 64;

/** What to do with stop words. Default `drop`. */
export interface AnalyzeOptions {
  readonly stopWords?: 'drop' | 'keep';
  /** Words that cannot begin like this are passed over, though some of them may still be among the terms. */
  readonly openings?: WordOpenings;
}

const OTHER = 0;
const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
const JOINER = 4;
const APOSTROPHE = 5;
const FOREIGN = 6;

const CLASSES = new Uint8Array(128);
for (let code = 97; code <= 122; code++) CLASSES[code] = LOWER;
for (let code = 65; code <= 90; code++) CLASSES[code] = UPPER;
for (let code = 48; code <= 57; code++) CLASSES[code] = DIGIT;
for (const joiner of '_.-') CLASSES[joiner.charCodeAt(0)] = JOINER;
CLASSES[39] = APOSTROPHE;

function classOf(code: number): number {
  if (code < 128) return CLASSES[code] ?? OTHER;
  if (code === 0x2019 || code === 0x02bc) return APOSTROPHE;
  // Latin-1 punctuation, general punctuation and arrows to dingbats, CJK punctuation: the symbols prose is full of.
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba ? FOREIGN : OTHER;
  if ((code >= 0x2000 && code <= 0x206f) || (code >= 0x2190 && code <= 0x245f)) return OTHER;
  if (code >= 0x2500 && code <= 0x2bff) return OTHER;
  return code >= 0x3000 && code <= 0x3003 ? OTHER : FOREIGN;
}

function truncated(surface: string): string {
  if (surface.length <= MAX_TERM_LENGTH) return surface;
  const last = surface.charCodeAt(MAX_TERM_LENGTH - 1);
  // Never cut between the halves of a surrogate pair.
  return surface.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_TERM_LENGTH - 1 : MAX_TERM_LENGTH);
}

/** The index terms of `text`, in order. */
export function analyze(text: string, options: AnalyzeOptions = {}): string[] {
  return lexemesIn(text, options).map(({ stem }) => stem);
}

/** What the words of `text` are indexed as, in order. */
export function lexemesIn(text: string, options: AnalyzeOptions = {}): Lexeme[] {
  const found: Lexeme[] = [];
  const keep = options.stopWords === 'keep';
  const { openings } = options;
  const length = text.length;
  let i = 0;
  while (i < length) {
    const kind = classOf(text.charCodeAt(i));
    if (kind === OTHER || kind === JOINER || kind === APOSTROPHE) {
      i++;
      continue;
    }
    i = scanCompound(text, i, keep, found, openings);
  }
  return found;
}

/** Reads words joined by single joiners, pushes their lexemes and returns where it stopped. */
function scanCompound(
  text: string,
  from: number,
  keep: boolean,
  found: Lexeme[],
  openings: WordOpenings | undefined,
): number {
  const length = text.length;
  let i = from;
  let parts = 0;
  let whole = false;
  let digits = false;
  let foreignCompound = false;
  for (;;) {
    const start = i;
    let end = -1;
    let upper = false;
    let camel = false;
    let foreign = false;
    let apostrophe = false;
    let previous = OTHER;
    let capitals = 0;
    let hash = NO_HASH;
    while (i < length) {
      const unit = text.charCodeAt(i);
      const kind = classOf(unit);
      if (kind === OTHER || kind === JOINER) break;
      if (kind === APOSTROPHE) {
        const next = i + 1 < length ? classOf(text.charCodeAt(i + 1)) : OTHER;
        if (next !== LOWER && next !== UPPER && next !== FOREIGN) break;
        const code = text.charCodeAt(i + 1);
        const after = i + 2 < length ? classOf(text.charCodeAt(i + 2)) : OTHER;
        if ((code === 115 || code === 83) && (after === OTHER || after === JOINER || after === APOSTROPHE)) {
          // The possessive: `Caroline's` is about Caroline.
          end = i;
          i += 2;
          break;
        }
        apostrophe = true;
      } else if (kind === UPPER) {
        upper = true;
        if (previous === LOWER) camel = true;
        capitals++;
      } else if (kind === DIGIT) {
        digits = true;
      } else if (kind === FOREIGN) {
        foreign = true;
      }
      if (kind === LOWER && capitals > 1 && previous === UPPER) camel = true;
      if (kind !== UPPER) capitals = 0;
      hash = hashOn(hash, kind === UPPER ? unit + 32 : unit);
      previous = kind;
      i++;
    }
    const stop = end < 0 ? i : end;
    const plain = !foreign && !camel && !apostrophe;
    if (plain && openings !== undefined && !openings.mayOpen(text, start, stop)) {
      // Nothing that is looked for begins like it.
    } else if (plain && stop - start <= MAX_TERM_LENGTH) {
      take(lexemeAt(text, start, stop, hash), keep, found);
    } else {
      let word = text.slice(start, stop);
      if (apostrophe) word = word.replace(/['\u2019\u02bc]/g, '');
      if (foreign) {
        for (const piece of foldToken(word)) push(piece, keep, found);
      } else {
        if (camel) pushHumps(word, keep, found);
        push(upper ? word.toLowerCase() : word, keep, found);
      }
    }
    if (foreign) foreignCompound = true;
    parts++;
    if (i + 1 >= length || end >= 0) break;
    const joiner = text.charCodeAt(i);
    if (classOf(joiner) !== JOINER) break;
    const next = classOf(text.charCodeAt(i + 1));
    if (next === OTHER || next === JOINER || next === APOSTROPHE) break;
    if (joiner === 95) whole = true;
    i++;
  }
  if (parts > 1 && (whole || digits) && !foreignCompound) push(text.slice(from, i).toLowerCase(), keep, found);
  return i;
}

function push(surface: string, keep: boolean, found: Lexeme[]): void {
  take(lexemeOf(surface.length > MAX_TERM_LENGTH ? truncated(surface) : surface), keep, found);
}

function take(lexeme: Lexeme, keep: boolean, found: Lexeme[]): void {
  if (keep || !lexeme.stop) found.push(lexeme);
}

// Identifiers only: `userName` and `HTTPServer` have parts, `iPhone`, `miRNA`, `McDonald` and `HSCs` are one word each.
const HUMP_BOUNDARY = /(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})/;

function pushHumps(word: string, keep: boolean, found: Lexeme[]): void {
  const humps = word.split(HUMP_BOUNDARY);
  if (humps.length > 1) for (const hump of humps) push(hump.toLowerCase(), keep, found);
}

/** One distinct word of a query. */
export interface QueryTerm {
  /** The stem, as indexed. */
  readonly term: string;
  /** The folded word as typed, when the reader may still be typing it (it ends the query); null otherwise. */
  readonly prefix: string | null;
}

/** A query, analyzed. */
export interface QueryTerms {
  /** Distinct, in order of first appearance. */
  readonly terms: readonly QueryTerm[];
  /** The stems of each double-quoted phrase of at least two words. */
  readonly phrases: readonly (readonly string[])[];
}

const QUOTED = /"([^"]+)"|\u201c([^\u201d]+)\u201d/g;
const LAST_WORD = /[\p{L}\p{N}\p{M}]+$/u;
const MIN_PREFIX_LENGTH = 2;

/** The terms of a query. Stop words are dropped unless there is nothing else. */
export function queryTerms(query: string): QueryTerms {
  let stems = analyze(query);
  if (stems.length === 0) stems = analyze(query, { stopWords: 'keep' });
  const typed = LAST_WORD.exec(query);
  const surface = typed === null ? '' : foldText(typed[0]);
  const open = surface.length >= MIN_PREFIX_LENGTH && !STOP_WORDS.has(surface) ? surface : null;
  const last = open === null ? undefined : analyze(open, { stopWords: 'keep' }).at(-1);
  const terms = [...new Set(stems)].map((term) => ({ term, prefix: term === last ? open : null }));
  const phrases: string[][] = [];
  for (const match of query.matchAll(QUOTED)) {
    const phrase = analyze(match[1] ?? match[2] ?? '');
    if (phrase.length > 1) phrases.push(phrase);
  }
  return { terms, phrases };
}

/** True for a term that `analyze` drops by default. */
export function isStopTerm(term: string): boolean {
  return STOP_WORDS.has(term);
}
