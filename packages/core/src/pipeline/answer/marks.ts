/**
 * The marks of an answer's text, and how what its sources write is kept apart from them.
 * @module
 */

/** Stands behind a sentence that no source was found to say. It goes wherever the text goes, a kept capsule included. */
export const UNSUPPORTED_MARK = '[unsupported]';

/** What a reader, or a program, would take for a mark: `[3]`, `[1, 2]`, `[-1]`, `[Source 4]`, `[unsupported]`, `【5】`. */
const LOOKS_LIKE_MARK =
  /[[【][ \t]*((?:sources?[ \t]*)?[-+#]?\d+(?:[ \t]*[,;–-][ \t]*\d+)*|unsupported)[ \t]*[\]】]/giu;

/**
 * A sentence as an answer's text shows it: on one line, and in `⟨3⟩` what its source writes as `[3]`, so that every mark
 * in square brackets is the answer's own. The quote keeps the source's characters.
 */
export function asShown(sentence: string): string {
  return sentence.replace(/\s+/gu, ' ').replace(LOOKS_LIKE_MARK, '⟨$1⟩');
}
