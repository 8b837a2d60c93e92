/**
 * What a document is called as a whole. A title's words stand in many texts; the title itself, asked for as it is, stands
 * for one document, however long its text is and however many sections repeat its words.
 * @module
 */
import { analyze } from './analyzer.js';
import { labelAtHead, plainLabels } from './labels.js';

/** Stands between a document's title and the headings that lead to one of its sections. */
export const SECTION_MARK = ' › ';

/**
 * The names by which a document of this title is called, as they are indexed; distinct. A document goes by its title, by
 * its label and by the title without it; a section by its heading, alone or behind what the document goes by.
 */
export function titleNames(title: string): readonly string[] {
  const [first = '', ...headings] = plainLabels(title).split(SECTION_MARK);
  const { label, rest } = labelAtHead(first);
  const labelled = rest === '' ? [] : wordsOf(label);
  const whole = wordsOf(rest === '' ? first : rest);
  const path = headings.map(wordsOf);
  const heading = path.at(-1);
  const names =
    heading === undefined
      ? [[...labelled, ...whole], whole, labelled]
      : [[...labelled, ...whole, ...path.flat()], heading, [...labelled, ...heading], [...whole, ...heading]];
  return [...new Set(names.flatMap((words) => termOf(words) ?? []))];
}

/** The name that a whole query may be, as it would be indexed; null for one without a word. */
export function nameTerm(query: string): string | null {
  return termOf(wordsOf(plainLabels(query)));
}

/** As a query is read: without stop words, unless there is nothing else. */
function wordsOf(name: string): readonly string[] {
  const words = analyze(name);
  return words.length > 0 ? words : analyze(name, { stopWords: 'keep' });
}

/**
 * A number instead of the words: a title is longer than all its words' terms, and nobody looks for a part of it. Of a
 * million names no two are likely to have one number. No word begins like it, so that none is taken for one half typed.
 */
function termOf(words: readonly string[]): string | null {
  if (words.length === 0) return null;
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (const word of words) {
    for (let i = 0; i <= word.length; i++) {
      const code = i < word.length ? word.charCodeAt(i) : 32;
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b);
      b ^= b >>> 13;
    }
  }
  return `=${(a >>> 0).toString(36)}${((b >>> 0) & 0xffff).toString(36)}`;
}
