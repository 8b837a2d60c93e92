/**
 * A cheap look at raw text for words that could become given stems: taking every sentence apart to find out costs more
 * than all the rest of a search.
 * @module
 */

/**
 * What the analyzer changes before it stems: characters outside ASCII are folded, apostrophes inside words dropped. A
 * look at the raw text cannot see through that.
 */
const FOLDED = /[\u0080-\uffff]|[A-Za-z\d]'(?![sS]\b)[A-Za-z]/u;

/** True for every text that holds a word of one of the stems, or one of `literals`; true for some others as well. */
export function termShape(stems: Iterable<string>, literals: readonly string[] = []): (text: string) => boolean {
  const openings = new Set([...Array.from(stems, openingOf), ...literals]);
  if (openings.size === 0) return () => false;
  const shape = new RegExp([...openings].map(escaped).join('|'), 'iu');
  return (text) => shape.test(text) || FOLDED.test(text);
}

/** Which first two characters the words of some stems begin with. */
export class WordOpenings {
  /** By both codes below 128, of lower-case letters. */
  private readonly pairs = new Uint8Array(128 * 128);

  constructor(stems: Iterable<string>) {
    for (const stem of stems) {
      const opening = openingOf(stem);
      // The word of the stem `i` may be `y`.
      if (opening === '') this.pairs.fill(1);
      const first = opening.charCodeAt(0);
      // What is not ASCII is never asked about.
      if (!(first < 128)) continue;
      const second = opening.charCodeAt(1);
      if (second < 128) this.pairs[first * 128 + second] = 1;
      else this.pairs.fill(1, first * 128, first * 128 + 128);
    }
  }

  /** False when the ASCII word at `[start, end)` has none of the stems, whatever its case. */
  mayOpen(text: string, start: number, end: number): boolean {
    const first = lower(text.charCodeAt(start));
    const second = start + 1 < end ? lower(text.charCodeAt(start + 1)) : 0;
    return this.pairs[first * 128 + second] === 1;
  }
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** Stemming changes the end of a word alone: `studi` for `study`, `file` for `filing`. */
function openingOf(stem: string): string {
  return stem.length > 2 || stem.endsWith('i') ? stem.slice(0, -1) : stem;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
