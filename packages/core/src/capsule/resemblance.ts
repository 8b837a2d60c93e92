/**
 * How far two texts are the same words in the same order, whatever their case, white space and punctuation: what share of
 * their runs of three words both have (Broder's resemblance and containment).
 * @module
 */

export interface Resemblance {
  /** Runs that both have, of all that either has; 0–1. */
  readonly jaccard: number;
  /** Runs that both have, of those of the one that has fewer; 0–1. */
  readonly containment: number;
  /** Runs that both have, of those of the first text; 0–1. */
  readonly ofFirst: number;
  /** The same of the second. */
  readonly ofSecond: number;
  /** Runs of the one that has fewer. */
  readonly runs: number;
}

const RUN = 3;
/** Runs kept of a text; of a longer text an even sample, so that memory does not grow with it. */
const SAMPLE = 8_192;
/** UTF-16 units read of a text: the rest is taken to go on like its beginning, so that no comparison takes long. */
const READ = 1 << 20;

/**
 * The same whichever text comes first, but for `ofFirst` and `ofSecond`, which change places. Exact for texts of up to 8,192
 * different runs, an estimate within some hundredths for longer ones, and by the first 1,048,576 units for texts beyond that.
 * An estimate is never 1, and `jaccard` is 1 only for the same words in the same order.
 */
export function resemblance(a: string, b: string): Resemblance {
  if (a.trim() === b.trim()) return SAME;
  const swapped = !(a.length < b.length || (a.length === b.length && a < b));
  const [few, many] = swapped ? [b, a] : [a, b];
  const read = [readable(few), readable(many)] as const;
  const run = Math.min(RUN, wordsUpTo(read[0], RUN), wordsUpTo(read[1], RUN));
  if (run === 0) return NOTHING;
  const one = new RunSample();
  eachRun(read[0], run, (hash) => one.add(hash));
  const other = new RunSample();
  const both = new Set<number>();
  eachRun(read[1], run, (hash) => {
    if (one.has(hash)) both.add(hash);
    other.add(hash);
  });
  const shared = both.size * one.rate * Math.min(unread(few), unread(many));
  const ofOne = one.count * unread(few);
  const ofOther = other.count * unread(many);
  const runs = Math.min(ofOne, ofOther);
  // Where `few` is kept whole, what of it stands in the other is counted, however long that one is.
  const sampled = one.rate > 1 || unread(few) > 1;
  const most = sampled ? ALMOST : 1;
  const shares = [share(shared, ofOne, most), share(shared, ofOther, most)] as const;
  const all = share(shared, ofOne + ofOther - shared, most);
  return {
    jaccard: all === 1 && !sameWords(read[0], read[1]) ? ALMOST : all,
    containment: share(shared, runs, most),
    ofFirst: shares[swapped ? 1 : 0],
    ofSecond: shares[swapped ? 0 : 1],
    runs,
  };
}

const SAME: Resemblance = { jaccard: 1, containment: 1, ofFirst: 1, ofSecond: 1, runs: 1 };
const NOTHING: Resemblance = { jaccard: 0, containment: 0, ofFirst: 0, ofSecond: 0, runs: 0 };
/** What nearly all is called that is not known to be all. */
const ALMOST = 0.999;

function share(part: number, whole: number, most: number): number {
  return Math.min(most, part / Math.max(1, whole));
}

/** Texts may have all runs in common and be different: one may be the other twice. */
function sameWords(a: string, b: string): boolean {
  return sequenceOf(a) === sequenceOf(b);
}

function sequenceOf(text: string): string {
  let [words, hash] = [0, 0];
  eachWord(text, (word) => {
    words++;
    hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15);
    return true;
  });
  return `${words} ${hash}`;
}

function readable(text: string): string {
  return (text.length > READ ? text.slice(0, READ) : text).normalize('NFC').toLowerCase();
}

/** How many times as long the text is as what is read of it. */
function unread(text: string): number {
  return Math.max(1, text.length / READ);
}

/** Different runs; those whose hash is a multiple of `rate` are kept, which doubles whenever there are too many. */
class RunSample {
  rate = 1;
  #kept = new Set<number>();

  add(hash: number): void {
    if ((hash & (this.rate - 1)) !== 0) return;
    this.#kept.add(hash);
    if (this.#kept.size <= SAMPLE) return;
    this.rate *= 2;
    this.#kept = new Set([...this.#kept].filter((kept) => (kept & (this.rate - 1)) === 0));
  }

  has(hash: number): boolean {
    return (hash & (this.rate - 1)) === 0 && this.#kept.has(hash);
  }

  /** How many runs were added, estimated where not all are kept. */
  get count(): number {
    return this.#kept.size * this.rate;
  }
}

function wordsUpTo(text: string, most: number): number {
  let words = 0;
  eachWord(text, () => ++words < most);
  return words;
}

/** Hashes of all runs of `length` words, 30 bits each so that they stay small integers. */
function eachRun(text: string, length: number, visit: (hash: number) => void): void {
  let before = 0;
  let last = 0;
  let words = 0;
  eachWord(text, (word) => {
    if (++words >= length) visit(mixed(length > 2 ? before : 0, length > 1 ? last : 0, word));
    before = last;
    last = word;
    return true;
  });
}

function mixed(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ ((b << 13) | (b >>> 19));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) ^ c;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}

const UNKNOWN = 0;
const BETWEEN = 1;
const IN_WORD = 2;
/** Of a script that leaves no space between words: each character is one. */
const WORD = 3;
const ALONE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** By UTF-16 unit, looked up once each. Halves of characters beyond the basic plane count as parts of words. */
const kinds = new Uint8Array(1 << 16);

function kindOf(unit: number): number {
  const known = kinds[unit] as number;
  if (known !== UNKNOWN) return known;
  const character = String.fromCharCode(unit);
  const inWord = (unit >= 0xd800 && unit <= 0xdfff) || /[\p{L}\p{N}\p{M}]/u.test(character);
  return (kinds[unit] = ALONE.test(character) ? WORD : inWord ? IN_WORD : BETWEEN);
}

/** Hashes of the words in order, until `visit` says no. */
function eachWord(text: string, visit: (hash: number) => boolean): void {
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const kind = kindOf(unit);
    if (kind === IN_WORD) {
      hash = Math.imul((hash === 0 ? 0x811c9dc5 : hash) ^ unit, 0x01000193) || 1;
      continue;
    }
    if (hash !== 0 && !visit(hash)) return;
    hash = 0;
    if (kind === WORD && !visit(Math.imul(0x811c9dc5 ^ unit, 0x01000193) || 1)) return;
  }
  if (hash !== 0) visit(hash);
}
