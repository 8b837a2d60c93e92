/**
 * The terms of one source by what a misspelling keeps: the first letter, nearly the length, and most of the letters.
 * Comparing a word with a whole vocabulary costs more than ranking; with what is left here it costs next to nothing.
 * @module
 */

interface Bucket {
  readonly places: number[];
  /** For each place, which letters the term holds: one bit each, see {@link lettersOf}. */
  readonly letters: number[];
}

export class SpellingTable {
  private readonly buckets = new Map<number, Bucket>();

  add(term: string, place: number): void {
    const key = keyOf(term.charCodeAt(0), term.length);
    let bucket = this.buckets.get(key);
    if (bucket === undefined) this.buckets.set(key, (bucket = { places: [], letters: [] }));
    bucket.places.push(place);
    bucket.letters.push(lettersOf(term));
  }

  /**
   * Visits, by length and then in the order in which they were added, all terms that begin like `word` and may lie
   * within `slips` slips of it; some of them lie further away.
   */
  forEachSpeltLike(word: string, slips: number, visit: (place: number) => void): void {
    const letters = lettersOf(word);
    for (let length = Math.max(1, word.length - slips); length <= word.length + slips; length++) {
      const bucket = this.buckets.get(keyOf(word.charCodeAt(0), length));
      if (bucket === undefined) continue;
      for (let i = 0; i < bucket.places.length; i++) {
        // A slip brings in at most one letter and takes away at most one.
        if (bitCount(letters ^ bucket.letters[i]!) <= 2 * slips) visit(bucket.places[i]!);
      }
    }
  }
}

const LONGEST = 0xffff;

function keyOf(initial: number, length: number): number {
  return initial * (LONGEST + 1) + Math.min(length, LONGEST);
}

/** Letters that share a bit make terms look more alike than they are, never less. */
function lettersOf(term: string): number {
  let letters = 0;
  for (let i = 0; i < term.length; i++) letters |= 1 << (term.charCodeAt(i) & 31);
  return letters;
}

function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return (((count + (count >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
