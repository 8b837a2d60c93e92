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

/** Stemming changes the end of a word alone: `studi` for `study`, `file` for `filing`. */
function openingOf(stem: string): string {
  return stem.length > 2 || stem.endsWith('i') ? stem.slice(0, -1) : stem;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
