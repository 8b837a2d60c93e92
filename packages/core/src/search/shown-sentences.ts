/**
 * The sentences of the contents that were shown lately: the searches of one answer show many of the same.
 * @module
 */
import { splitSentences, type TextSpan } from './sentences.js';

/** UTF-16 units of all contents that are remembered, and of the longest one. */
const REMEMBERED_UNITS = 1 << 20;
const LONGEST = REMEMBERED_UNITS / 16;

export class ShownSentences {
  readonly #known = new Map<string, readonly TextSpan[]>();
  #units = 0;

  of(content: string): readonly TextSpan[] {
    const before = this.#known.get(content);
    if (before !== undefined) return before;
    const sentences = splitSentences(content);
    if (content.length > LONGEST) return sentences;
    if (this.#units + content.length > REMEMBERED_UNITS) {
      this.#known.clear();
      this.#units = 0;
    }
    this.#known.set(content, sentences);
    this.#units += content.length;
    return sentences;
  }
}
