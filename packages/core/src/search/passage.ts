/**
 * Which part of a document to show: always an exact piece of its content, so that it can be checked against it.
 * @module
 */
import { analyze } from './analyzer.js';
import { sentencesOf, splitSentences, type TextSpan } from './sentences.js';
import { termShape, WordOpenings } from './term-shape.js';

/** The part of a document that answers a query best. */
export interface Passage extends TextSpan {
  /** Share of the query terms' weight that the passage holds, 0 to 1. */
  readonly coverage: number;
}

export interface PassageOptions {
  /** In UTF-16 units. Default 300. */
  readonly maxChars?: number;
  /** What a term is worth, such as its inverse document frequency. Default 1 each. */
  readonly weightOf?: (term: string) => number;
  /** The sentences of the content; for callers who remember them. */
  readonly sentences?: readonly TextSpan[];
}

const DEFAULT_MAX_CHARS = 300;
const SUMMARY_MAX_CHARS = 200;

interface Piece extends TextSpan {
  /** Places in the list of terms. */
  readonly terms: readonly number[];
}

/**
 * The run of whole sentences, at most `maxChars` long, that covers the query's terms (stems, as `queryTerms` gives them)
 * best: of equals the shortest, then the earliest, filled up with the sentences that follow it. A sentence that is too
 * long itself is cut at words.
 */
export function bestPassage(content: string, terms: readonly string[], options: PassageOptions = {}): Passage {
  const maxChars = options.maxChars ?? DEFAULT_MAX_CHARS;
  const places = new Map([...new Set(terms)].map((term, place) => [term, place]));
  const weights = Float64Array.from(places.keys(), (term) => Math.max(0, options.weightOf?.(term) ?? 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pieces = piecesOf(content, options.sentences ?? splitSentences(content), maxChars, places);
  let best = { from: 0, to: 0, weight: 0, length: 0 };
  const seenBy = new Int32Array(weights.length).fill(-1);
  for (let from = 0; from < pieces.length; from++) {
    // A run that begins before the first match is never the tightest.
    if (pieces[from]!.terms.length === 0) continue;
    let weight = 0;
    for (let to = from; to < pieces.length; to++) {
      const piece = pieces[to]!;
      const length = piece.end - pieces[from]!.start;
      if (length > maxChars) break;
      for (const place of piece.terms) {
        if (seenBy[place] === from) continue;
        seenBy[place] = from;
        weight += weights[place]!;
      }
      if (weight > best.weight || (weight > 0 && weight === best.weight && length < best.length)) {
        best = { from, to, weight, length };
      }
    }
  }
  // Where nothing matches, the beginning is as good as any and better known.
  const first = pieces[best.from];
  if (first === undefined) return { ...prefixOf(content, maxChars), coverage: 0 };
  const end = widen(pieces, best.from, best.to, maxChars);
  const coverage = total > 0 ? best.weight / total : 0;
  return { text: content.slice(first.start, end), start: first.start, end, coverage };
}

/** Only what may hold one of the terms is taken apart. */
function piecesOf(
  content: string,
  sentences: readonly TextSpan[],
  maxChars: number,
  places: ReadonlyMap<string, number>,
): Piece[] {
  const mayMatch = termShape(places.keys());
  const options = { stopWords: 'keep', openings: new WordOpenings(places.keys()) } as const;
  const pieces: Piece[] = [];
  for (const sentence of sentences) {
    for (const span of cutLong(content, sentence, maxChars)) {
      const found = mayMatch(span.text) ? analyze(span.text, options) : [];
      const terms = found.map((term) => places.get(term)).filter((place) => place !== undefined);
      pieces.push({ text: span.text, start: span.start, end: span.end, terms });
    }
  }
  return pieces;
}

/** A short answer is read better with what follows it, as far as it fits. */
function widen(pieces: readonly Piece[], from: number, to: number, maxChars: number): number {
  const start = pieces[from]?.start ?? 0;
  let end = pieces[to]?.end ?? 0;
  for (const piece of pieces.slice(to + 1)) {
    if (piece.end - start > maxChars) break;
    end = piece.end;
  }
  return end;
}

function cutLong(content: string, span: TextSpan, maxChars: number): TextSpan[] {
  const cuts: TextSpan[] = [];
  if (span.end - span.start <= maxChars) return [span];
  let { start } = span;
  while (span.end - start > maxChars) {
    const end = wordBoundary(content, start, start + maxChars);
    cuts.push({ text: content.slice(start, end), start, end });
    start = end;
    while (start < span.end && /\s/.test(content.charAt(start))) start++;
  }
  if (start < span.end) cuts.push({ text: content.slice(start, span.end), start, end: span.end });
  return cuts;
}

/** The last place before `limit` where a word ends, or `limit` when there is none in its second half. */
function wordBoundary(content: string, start: number, limit: number): number {
  for (let i = limit; i > start + (limit - start) / 2; i--) {
    if (/\s/.test(content.charAt(i)) && !/\s/.test(content.charAt(i - 1))) return i;
  }
  // Never between the halves of a surrogate pair.
  const code = content.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff && limit - 1 > start ? limit - 1 : limit;
}

function prefixOf(content: string, maxChars: number): TextSpan {
  const end = content.length <= maxChars ? content.length : wordBoundary(content, 0, maxChars);
  return { text: content.slice(0, end), start: 0, end };
}

const MARKUP = /^(?:#{1,6}\s|\.\. |:[\w -]+:|\||>|[-*+•]\s)/;
const MIN_SUMMARY_TERMS = 2;
const OPENING_UNITS = 32;
const SUMMARY_REACH_CHARS = 1_200;

/**
 * The first sentence of prose that says something, with those that follow it in its paragraph, at most 200 UTF-16 units:
 * an exact piece of the content. Content without prose gives its first piece; blank content gives an empty text.
 */
export function summary(content: string): string {
  // Every write makes one, so no more is read than it needs: past the beginning nobody would call it a summary.
  const pieces = sentencesOf(prefixOf(content, SUMMARY_REACH_CHARS).text);
  const passedOver: TextSpan[] = [];
  for (const piece of pieces) {
    if (isTelling(piece.text)) return paragraphFrom(content, piece, pieces);
    passedOver.push(piece);
  }
  const [first, ...rest] = passedOver;
  return first === undefined ? '' : paragraphFrom(content, first, rest);
}

/** The first sentence and what follows it in its paragraph, as far as there is room. */
function paragraphFrom(content: string, first: TextSpan, following: Iterable<TextSpan>): string {
  let { end } = first;
  for (const piece of following) {
    const sameParagraph = !/\n\s*\n/.test(content.slice(end, piece.start)) && !MARKUP.test(piece.text);
    if (!sameParagraph || piece.end - first.start > SUMMARY_MAX_CHARS) break;
    end = piece.end;
  }
  if (end - first.start > SUMMARY_MAX_CHARS) end = wordBoundary(content, first.start, first.start + SUMMARY_MAX_CHARS);
  return content.slice(first.start, end);
}

function isTelling(text: string): boolean {
  return !MARKUP.test(text) && /[.!?…。！？]\W*$/u.test(text) && hasTerms(text, MIN_SUMMARY_TERMS);
}

/** Mostly the first words say it. */
function hasTerms(text: string, least: number): boolean {
  const space = text.indexOf(' ', OPENING_UNITS);
  if (space > 0 && analyze(text.slice(0, space)).length >= least) return true;
  return analyze(text).length >= least;
}
