/**
 * Character 4-grams over a vocabulary: from a gram to the terms that hold it. This is what lets a misspelt or inflected
 * word meet its neighbours without indexing grams of the text itself.
 * @module
 */
import { isStopTerm } from './analyzer.js';

const GRAM = 4;
const EDGE = 95;

/**
 * The distinct 4-grams of a term with its edges marked, as 32-bit codes: exact for ASCII, hashed otherwise.
 * Terms with digits or joiners have none: 2023 is not nearly 2022, and parts of joined words are indexed by themselves.
 */
export function gramsOf(term: string): number[] {
  if (isStopTerm(term)) return [];
  const codes: number[] = [EDGE];
  for (let i = 0; i < term.length; i++) {
    const code = term.charCodeAt(i);
    if (code < 97 || (code > 122 && code < 128)) return [];
    codes.push(code);
  }
  codes.push(EDGE);
  const grams: number[] = [];
  for (let i = 0; i + GRAM <= codes.length; i++) {
    const a = codes[i] ?? 0;
    const b = codes[i + 1] ?? 0;
    const c = codes[i + 2] ?? 0;
    const d = codes[i + 3] ?? 0;
    const gram =
      (a | b | c | d) < 128
        ? (a << 21) | (b << 14) | (c << 7) | d
        : (Math.imul(Math.imul(Math.imul(a, 31) + b, 0x9e3779b1) + c, 0x85ebca77) + d) | 0x80000000;
    if (!grams.includes(gram >>> 0)) grams.push(gram >>> 0);
  }
  return grams;
}

/** Grams of an immutable vocabulary, as parallel arrays: the terms of gram `i` are `terms[ends[i-1], ends[i])`. */
export interface GramTable {
  /** Ascending. */
  readonly grams: Uint32Array;
  readonly ends: Uint32Array;
  /** Places in the vocabulary, ascending per gram. */
  readonly terms: Uint32Array;
}

/** Builds the table of a vocabulary by counting sort. */
export function buildGramTable(vocabulary: readonly string[]): GramTable {
  const slots = new Map<number, number>();
  const counts: number[] = [];
  const flat: number[] = [];
  const perTerm = new Uint32Array(vocabulary.length);
  for (let i = 0; i < vocabulary.length; i++) {
    const grams = gramsOf(vocabulary[i] ?? '');
    perTerm[i] = grams.length;
    for (const gram of grams) {
      let slot = slots.get(gram);
      if (slot === undefined) {
        slot = counts.length;
        slots.set(gram, slot);
        counts.push(0);
      }
      counts[slot] = (counts[slot] ?? 0) + 1;
      flat.push(slot);
    }
  }
  const grams = Uint32Array.from(slots.keys()).sort();
  const ends = new Uint32Array(grams.length);
  const cursor = new Uint32Array(grams.length);
  let total = 0;
  for (let i = 0; i < grams.length; i++) {
    const slot = slots.get(grams[i] ?? 0) ?? 0;
    cursor[slot] = total;
    total += counts[slot] ?? 0;
    ends[i] = total;
  }
  const terms = new Uint32Array(total);
  let at = 0;
  for (let i = 0; i < perTerm.length; i++) {
    for (let n = perTerm[i] ?? 0; n > 0; n--) {
      const slot = flat[at++] ?? 0;
      const place = cursor[slot] ?? 0;
      terms[place] = i;
      cursor[slot] = place + 1;
    }
  }
  return { grams, ends, terms };
}

/** Where the terms that hold `gram` stand in `table.terms`: its number in the table, −1 for none. */
export function findGram({ grams }: GramTable, gram: number): number {
  let low = 0;
  let high = grams.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = grams[middle] ?? 0;
    if (found === gram) return middle;
    if (found < gram) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Places of the terms that hold the gram of this number; none for −1. */
export function termsOfGram({ ends, terms }: GramTable, number: number): Uint32Array {
  if (number < 0) return terms.subarray(0, 0);
  return terms.subarray(number === 0 ? 0 : ends[number - 1], ends[number]);
}
