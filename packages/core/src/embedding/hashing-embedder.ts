/**
 * The embedder that needs nothing: no model, no network. Every word, pair of neighbouring words and run of letters adds
 * a signed weight to the places that its hash chooses, so texts that share them point the same way.
 * @module
 */
import { analyze, ANALYZER_VERSION, isStopTerm } from '../search/analyzer.js';
import { unitVector } from './checked-embeddings.js';
import type { EmbeddingProvider } from './embedding-provider.js';

const DIMENSIONS = 384;
/** Its version; raise it on any change of weights or hashes, for old vectors would not match new ones. */
const VERSION = 1;
/** The more a vector holds, the less it says about each part, so documents are cut well before they drown. */
const MAX_CHARS = 2_000;

// Weights beside a word's 1; chosen on two public collections, where any from half to twice as much did nearly as well.
const GRAM_WEIGHT = 1.2;
const PAIR_WEIGHT = 0.2;
const STOP_WEIGHT = 0.1;
/** Each feature is spread over so many places: two that meet in one of them still differ in the others. */
const PLACES = 3;
const SHORTEST_GRAM = 3;
const LONGEST_GRAM = 5;

const FNV_PRIME = 0x01000193;
const FNV_START = 0x811c9dc5;
const GOLDEN = 0x9e3779b9;
/** Stand for the beginning and the end of a word within a gram; no text has them. */
const BEGIN = 2;
const END = 3;

/** Sums of one text. Embedding is synchronous, so one array serves all calls. */
const sums = new Float64Array(DIMENSIONS);

/** The same vectors on every machine, about 0.2 ms for a page. Texts without a word get a vector by their characters. */
export function hashingEmbedder(): EmbeddingProvider {
  return {
    model: `hashing-${DIMENSIONS}-v${VERSION}.${ANALYZER_VERSION}`,
    dimensions: DIMENSIONS,
    maxChars: MAX_CHARS,
    // What letters say of a text, the index of words says better: measured on six collections, see the decision on scoring.
    ranks: false,
    // Not async: it has to throw before it promises, but it never throws.
    embed: (texts) => Promise.resolve(texts.map(embedText)),
  };
}

function embedText(text: string): Float32Array {
  sums.fill(0);
  const terms = analyze(text, { stopWords: 'keep' });
  const counts = new Map<string, number>();
  const pairs = new Map<number, number>();
  let before = 0;
  for (const term of terms) {
    counts.set(term, (counts.get(term) ?? 0) + 1);
    if (isStopTerm(term)) continue;
    const hash = hashOf(term);
    if (before !== 0) {
      const pair = (Math.imul(before, 31) + hash) | 0;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    before = hash;
  }
  for (const [term, count] of counts) {
    const weight = sublinear(count) * rarity(term);
    addFeature(hashOf(term), weight);
    if (!isStopTerm(term)) addGrams(term, weight * GRAM_WEIGHT);
  }
  for (const [pair, count] of pairs) addFeature(pair, sublinear(count) * PAIR_WEIGHT);
  return unitVector(sums) ?? vectorOfSigns(text);
}

/** The second mention of a word says less than the first. */
function sublinear(count: number): number {
  return 1 + Math.log(count);
}

/** Without a collection to count in, a word's length tells best how rare it is. */
function rarity(term: string): number {
  return isStopTerm(term) ? STOP_WEIGHT : Math.min(1.6, 0.4 + 0.15 * term.length);
}

function hashOf(term: string): number {
  let hash = FNV_START | 0;
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), FNV_PRIME);
  return hash;
}

/** Runs of letters with the word's ends, which let misspelt, inflected and compound words meet. No string is made. */
function addGrams(term: string, weight: number): void {
  const { length } = term;
  let count = 0;
  for (let size = SHORTEST_GRAM; size <= LONGEST_GRAM; size++) count += Math.max(0, length + 3 - size);
  if (count === 0) return;
  const share = weight / Math.sqrt(count);
  for (let start = -1; start + SHORTEST_GRAM <= length + 1; start++) {
    let hash = GOLDEN | 0;
    const last = Math.min(start + LONGEST_GRAM, length + 1);
    for (let at = start; at < last; at++) {
      const code = at < 0 ? BEGIN : at === length ? END : term.charCodeAt(at);
      hash = Math.imul(hash ^ code, FNV_PRIME);
      if (at - start + 1 >= SHORTEST_GRAM) addFeature(hash, share);
    }
  }
}

function addFeature(feature: number, weight: number): void {
  let hash = scrambled(feature);
  for (let i = 0; i < PLACES; i++) {
    const place = (hash >>> 1) % DIMENSIONS;
    sums[place] = sums[place]! + ((hash & 1) === 0 ? weight : -weight);
    hash = scrambled(hash + GOLDEN);
  }
}

/** Spreads a hash over all its bits (a finaliser in the manner of MurmurHash3). */
function scrambled(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x7feb352d);
  bits ^= bits >>> 15;
  bits = Math.imul(bits, 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** For a text without words: the same text has the same vector, and any other points elsewhere. */
function vectorOfSigns(text: string): Float32Array {
  sums.fill(0);
  addFeature(hashOf(text.trim()), 1);
  // Places may coincide with opposite signs.
  return unitVector(sums) ?? Float32Array.from({ length: DIMENSIONS }, (_, at) => (at === 0 ? 1 : 0));
}
