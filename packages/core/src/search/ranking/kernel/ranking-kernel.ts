/**
 * The inner loops of ranking by words, in AssemblyScript. `node tools/build-kernel.mjs` compiles them into
 * `../kernel-bytes.ts`. The caller owns the memory and guarantees that every address is inside it; all arrays are indexed
 * by ordinal unless they list ordinals.
 * @module
 */

/** As in `posting-codec.ts`: a posting without counts. */
const ONCE_IN_BODY: u32 = 1;
/** As in `bm25f.ts`: counts in the body alone are below this. */
const TITLE_COUNTED: u32 = 16;
/** As in `bm25f.ts`: saturated counts are looked up for bodies below `1 << TABLE_BITS`. */
const TABLE_BITS: usize = 10;

/** Where what scoring needs lies; set once for each state of the index. */
let bodyLengths: usize = 0;
let titleLengths: usize = 0;
let inverseBody: usize = 0;
let inverseTitle: usize = 0;
let saturated: usize = 0;
let k1: f32 = 0;
let titleWeight: f32 = 0;

export function useTables(
  bodyLengthsAt: usize,
  titleLengthsAt: usize,
  inverseBodyAt: usize,
  inverseTitleAt: usize,
  saturatedAt: usize,
  k: f32,
  weight: f32,
): void {
  bodyLengths = bodyLengthsAt;
  titleLengths = titleLengthsAt;
  inverseBody = inverseBodyAt;
  inverseTitle = inverseTitleAt;
  saturated = saturatedAt;
  k1 = k;
  titleWeight = weight;
}

/** The share of a term's weight that its counts earn in a document. */
function earned(ordinal: usize, counts: u32): f32 {
  const length = <usize>load<u16>(bodyLengths + (ordinal << 1));
  if (counts < TITLE_COUNTED && length < 1 << TABLE_BITS) {
    return load<f32>(saturated + ((((<usize>counts) << TABLE_BITS) | length) << 2));
  }
  const body = <f32>(counts & 15) * load<f32>(inverseBody + (length << 2));
  const titleLength = <usize>load<u16>(titleLengths + (ordinal << 1));
  const title = titleWeight * <f32>(counts >> 4) * load<f32>(inverseTitle + (titleLength << 2));
  return (body + title) / (k1 + (body + title));
}

function add(scores: usize, ordinal: usize, score: f32): void {
  const at = scores + (ordinal << 2);
  store<f32>(at, load<f32>(at) + score);
}

function mark(matched: usize, ordinal: usize, word: u32): void {
  const at = matched + (ordinal << 2);
  store<u32>(at, load<u32>(at) | word);
}

/** Adds one term's encoded postings in `[at, to)`; ordinals count on from `ordinal` and end before `limit`. */
export function addEncoded(
  at: usize,
  to: usize,
  ordinal: u32,
  limit: u32,
  lexicalWeight: f32,
  ngramWeight: f32,
  word: u32,
  lexical: usize,
  ngram: usize,
  matched: usize,
): void {
  const only = lexicalWeight === 0 && word === 0;
  while (at < to) {
    let value: u32 = load<u8>(at++);
    if (value > 127) {
      value &= 127;
      let shift: u32 = 7;
      let byte: u32;
      do {
        byte = load<u8>(at++);
        value |= (byte & 127) << shift;
        shift += 7;
      } while (byte > 127);
    }
    ordinal += value >>> 1;
    if (ordinal >= limit) return;
    // Whether counts follow cannot be foreseen, and a branch that is guessed wrong costs more than all the rest.
    const counted = value & 1;
    const counts = ((<u32>load<u8>(at - 1 + counted) - ONCE_IN_BODY) & (0 - counted)) + ONCE_IN_BODY;
    at += counted;
    const share = earned(ordinal, counts);
    add(ngram, ordinal, ngramWeight * share);
    if (only) continue;
    add(lexical, ordinal, lexicalWeight * share);
    const bits = matched + ((<usize>ordinal) << 2);
    store<u32>(bits, load<u32>(bits) | word);
  }
}

/** The same for postings that are not encoded: `ordinal, counts, ordinal, counts, …` as 32-bit numbers. */
export function addPairs(
  at: usize,
  to: usize,
  limit: u32,
  lexicalWeight: f32,
  ngramWeight: f32,
  word: u32,
  lexical: usize,
  ngram: usize,
  matched: usize,
): void {
  for (; at < to; at += 8) {
    const ordinal = load<u32>(at);
    if (ordinal >= limit) return;
    const share = earned(ordinal, load<u32>(at, 4));
    add(lexical, ordinal, lexicalWeight * share);
    add(ngram, ordinal, ngramWeight * share);
    const bits = matched + ((<usize>ordinal) << 2);
    store<u32>(bits, load<u32>(bits) | word);
  }
}

/** Lists what is permitted and has a lexical score, ascending; returns how many there are. */
export function gather(mask: usize, lexical: usize, limit: u32, hits: usize): u32 {
  let count: usize = 0;
  for (let ordinal: u32 = 0; ordinal < limit; ordinal++) {
    store<u32>(hits + (count << 2), ordinal);
    count += <usize>((<u32>load<u8>(mask + ordinal)) & u32(load<f32>(lexical + ((<usize>ordinal) << 2)) > 0));
  }
  return count;
}

/** The best score among the hits, 0 at least. */
export function bestOf(scores: usize, hits: usize, count: u32): f32 {
  let best: f32 = 0;
  for (let end = hits + ((<usize>count) << 2); hits < end; hits += 4) {
    best = max(best, load<f32>(scores + ((<usize>load<u32>(hits)) << 2)));
  }
  return best;
}

/** Writes the weighted sum of two channels for each hit. */
export function addUp(to: usize, a: usize, aFactor: f32, b: usize, bFactor: f32, hits: usize, count: u32): void {
  for (let end = hits + ((<usize>count) << 2); hits < end; hits += 4) {
    const at = (<usize>load<u32>(hits)) << 2;
    store<f32>(to + at, aFactor * load<f32>(a + at) + bFactor * load<f32>(b + at));
  }
}

/**
 * Lists the best hits: as many as it takes until `enough` are there, and those that score about the same. `bins` are
 * `last + 1` zeroes; a score times `perBin` is its bin.
 */
export function selectBest(
  scores: usize,
  hits: usize,
  count: u32,
  enough: u32,
  perBin: f32,
  bins: usize,
  last: u32,
  out: usize,
): u32 {
  const end = hits + ((<usize>count) << 2);
  for (let at = hits; at < end; at += 4) {
    const bin = bins + ((<usize>binOf(load<f32>(scores + ((<usize>load<u32>(at)) << 2)), perBin, last)) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
  let bin = last;
  let above = load<u32>(bins + ((<usize>bin) << 2));
  while (bin > 0 && above < enough) above += load<u32>(bins + ((<usize>--bin) << 2));
  let found: usize = 0;
  for (let at = hits; at < end; at += 4) {
    const ordinal = load<u32>(at);
    store<u32>(out + (found << 2), ordinal);
    found += usize(binOf(load<f32>(scores + ((<usize>ordinal) << 2)), perBin, last) >= bin);
  }
  return found;
}

function binOf(score: f32, perBin: f32, last: u32): u32 {
  return min(last, <u32>(score * perBin));
}
