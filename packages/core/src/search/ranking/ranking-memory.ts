/**
 * Where a search is ranked. All searches of a thread take turns with one; only the scores of words outlive a search, until
 * the next one that has others. Arrays are indexed by ordinal unless they list ordinals.
 * @module
 */
import { BM25F, TABLE_ENTRIES, type LengthTables, type TermWeight } from '../bm25f.js';
import { PAGE_BYTES, type KernelMemory } from '../web-assembly.js';
import { rankingKernel, type RankingKernel } from './ranking-kernel.js';

/** Scores are told apart this finely when the best hits are picked. */
const SCORE_BINS = 4096;
const ALIGNMENT = 16;
/** What WebAssembly can address; the last page stays free, so that no address past an end wraps around. */
const MAX_PAGES = 65_535;

/** What a search needs room for. */
export interface RankingNeeds {
  /** Documents that may be ranked. */
  readonly documents: number;
  /** Documents the filter is asked about, at least as many. */
  readonly masked: number;
  /** Channels beside those of words. */
  readonly channels: number;
  /** Bytes of the longest list of postings. */
  readonly postingBytes: number;
  readonly tables: LengthTables;
  /** Whose scores are wanted: the same object asks for the same ones. */
  readonly query: object;
}

/** Blank until written to, but for scores that still stand; worth nothing from the next search on. */
export interface RankingArrays {
  /** Whether `lexical`, `ngram` and `matched` hold the query's scores already. */
  readonly scored: boolean;
  /** What the filter lets through: as many bytes as were asked for. */
  readonly mask: Uint8Array;
  readonly lexical: Float32Array;
  readonly ngram: Float32Array;
  /** Which of the query's words each document holds: the bits of {@link TermWeight.word}. */
  readonly matched: Uint32Array;
  readonly whole: Float32Array;
  readonly context: Float32Array;
  readonly channels: readonly Float32Array[];
}

/** How much of each kind there is room for. */
type Room = Record<'documents' | 'channels' | 'postingBytes' | 'longestBody' | 'longestTitle', number>;

/** Where each array begins, in bytes. */
type Places = Record<
  | 'bins'
  | 'saturated'
  | 'inverseBody'
  | 'inverseTitle'
  | 'postings'
  | 'bodyLengths'
  | 'titleLengths'
  | 'mask'
  | 'lexical'
  | 'ngram'
  | 'matched'
  | 'whole'
  | 'context'
  | 'hits'
  | 'candidates',
  number
> & { readonly channels: readonly number[]; readonly end: number };

export class RankingMemory {
  readonly #kernel: RankingKernel;
  readonly #memory: KernelMemory;
  #room: Room = { documents: 0, channels: 0, postingBytes: 0, longestBody: 0, longestTitle: 0 };
  #at = placesIn(this.#room);
  // Taken once, for every term of every search writes to them; growing the memory detaches them.
  #postings: Uint8Array = new Uint8Array(0);
  #pairs: Uint32Array = new Uint32Array(0);
  #tables: LengthTables | null = null;
  #limit = 0;
  /** Whose scores stand in the arrays, if any do. */
  #scored: object | null = null;

  constructor() {
    ({ kernel: this.#kernel, memory: this.#memory } = rankingKernel.instantiate(1, MAX_PAGES));
  }

  /** Makes room for a search. @throws RangeError when the system has none. */
  begin(needs: RankingNeeds): RankingArrays {
    const { documents, masked, channels, postingBytes, tables, query } = needs;
    this.#reserve({
      documents: Math.max(documents, masked),
      channels,
      postingBytes,
      longestBody: tables.inverseBody.length,
      longestTitle: tables.inverseTitle.length,
    });
    this.#limit = documents;
    if (this.#tables !== tables) this.#load(tables);
    const at = this.#at;
    const blank = (place: number): Float32Array => this.#floats(place, documents).fill(0);
    const scored = this.#scored === query;
    this.#scored = scored ? query : null;
    const score = scored ? (place: number) => this.#floats(place, documents) : blank;
    const matched = new Uint32Array(this.#memory.buffer, at.matched, documents);
    return {
      scored,
      mask: this.#bytes(at.mask, masked),
      lexical: score(at.lexical),
      ngram: score(at.ngram),
      matched: scored ? matched : matched.fill(0),
      whole: blank(at.whole),
      context: blank(at.context),
      channels: at.channels.slice(0, channels).map(blank),
    };
  }

  /** Says that the arrays hold all scores of a query, to be found again when it comes next. */
  scoresStand(query: object): void {
    this.#scored = query;
  }

  /** Adds one term's encoded postings in `bytes[from, to)`, whose ordinals count on from `first`. */
  addEncoded(bytes: Uint8Array, from: number, to: number, first: number, { lexical, ngram, word }: TermWeight): void {
    const at = this.#at;
    this.#postings.set(bytes.subarray(from, to));
    this.#kernel.addEncoded(
      at.postings,
      at.postings + to - from,
      first - 1,
      this.#limit,
      lexical,
      ngram,
      word,
      at.lexical,
      at.ngram,
      at.matched,
    );
  }

  /** The same for postings held as `[ordinal, counts, ordinal, counts, …]`. */
  addPairs(pairs: readonly number[], { lexical, ngram, word }: TermWeight): void {
    const at = this.#at;
    this.#pairs.set(pairs);
    const to = at.postings + 4 * pairs.length;
    this.#kernel.addPairs(at.postings, to, this.#limit, lexical, ngram, word, at.lexical, at.ngram, at.matched);
  }

  /** What the mask permits and has a lexical score, ascending. */
  lexicalHits(): Int32Array {
    const { mask, lexical, hits } = this.#at;
    return this.#ordinals(hits, this.#kernel.gather(mask, lexical, this.#limit, hits));
  }

  /** Where to list hits that are found in another way, ascending. */
  hitList(): Int32Array {
    return this.#ordinals(this.#at.hits, this.#limit);
  }

  /** The best lexical and n-gram scores among the first `count` hits, 0 at least. */
  bestOfWords(count: number): { readonly lexical: number; readonly ngram: number } {
    const { lexical, ngram, hits } = this.#at;
    return { lexical: this.#kernel.bestOf(lexical, hits, count), ngram: this.#kernel.bestOf(ngram, hits, count) };
  }

  /** Writes the weighted sum of both word channels into `whole` for the first `count` hits. */
  addUpWords(lexicalFactor: number, ngramFactor: number, count: number): void {
    const { whole, lexical, ngram, hits } = this.#at;
    this.#kernel.addUp(whole, lexical, lexicalFactor, ngram, ngramFactor, hits, count);
  }

  /** The best of the first `count` hits by `whole`, at most `highest`: at least `enough`, and what scores about the same. */
  bestHits(count: number, enough: number, highest: number): Int32Array {
    const { whole, hits, bins, candidates } = this.#at;
    new Uint32Array(this.#memory.buffer, bins, SCORE_BINS + 1).fill(0);
    const perBin = SCORE_BINS / highest;
    const found = this.#kernel.selectBest(whole, hits, count, enough, perBin, bins, SCORE_BINS, candidates);
    return this.#ordinals(candidates, found);
  }

  #load(tables: LengthTables): void {
    const at = this.#at;
    const { buffer } = this.#memory;
    const { bodyLengths, titleLengths, inverseBody, inverseTitle, saturated } = tables;
    const known = Math.min(this.#room.documents, bodyLengths.length);
    new Uint16Array(buffer, at.bodyLengths, known).set(bodyLengths.subarray(0, known));
    new Uint16Array(buffer, at.titleLengths, known).set(titleLengths.subarray(0, known));
    this.#floats(at.inverseBody, inverseBody.length).set(inverseBody);
    this.#floats(at.inverseTitle, inverseTitle.length).set(inverseTitle);
    this.#floats(at.saturated, saturated.length).set(saturated);
    this.#kernel.useTables(
      at.bodyLengths,
      at.titleLengths,
      at.inverseBody,
      at.inverseTitle,
      at.saturated,
      BM25F.k1,
      BM25F.titleWeight,
    );
    this.#tables = tables;
  }

  #reserve(needed: Room): void {
    const held = this.#room;
    const kinds = Object.keys(held) as (keyof Room)[];
    if (kinds.every((kind) => needed[kind] <= held[kind])) return;
    // An eighth more than is needed, so that growing costs little however often it happens.
    const room = { ...held };
    for (const kind of kinds) if (needed[kind] > held[kind]) room[kind] = Math.ceil((needed[kind] * 9) / 8);
    const at = placesIn(room);
    const missing = Math.ceil((at.end - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#memory.grow(missing);
    this.#room = room;
    this.#at = at;
    this.#postings = this.#bytes(at.postings, room.postingBytes);
    this.#pairs = new Uint32Array(this.#memory.buffer, at.postings, Math.floor(room.postingBytes / 4));
    this.#tables = null;
    this.#scored = null;
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  #floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }

  #ordinals(at: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, at, length);
  }
}

function placesIn({ documents, channels, postingBytes, longestBody, longestTitle }: Room): Places {
  let end = 0;
  const place = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return start;
  };
  const places = {
    bins: place(4 * (SCORE_BINS + 1)),
    saturated: place(4 * TABLE_ENTRIES),
    inverseBody: place(4 * longestBody),
    inverseTitle: place(4 * longestTitle),
    postings: place(postingBytes),
    bodyLengths: place(2 * documents),
    titleLengths: place(2 * documents),
    mask: place(documents),
    lexical: place(4 * documents),
    ngram: place(4 * documents),
    matched: place(4 * documents),
    whole: place(4 * documents),
    context: place(4 * documents),
    hits: place(4 * documents),
    candidates: place(4 * documents),
    channels: Array.from({ length: channels }, () => place(4 * documents)),
  };
  return { ...places, end };
}

let shared: RankingMemory | undefined;

/** The thread's own. */
export function rankingMemory(): RankingMemory {
  return (shared ??= new RankingMemory());
}
