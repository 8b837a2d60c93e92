/**
 * The stem of an English word: Porter's, with the exceptions of his second stemmer (Snowball English) for words that the
 * first one throws together or tears apart. A word always begins with its stem less the stem's last character.
 * @module
 */
import { stemmer } from 'stemmer';

/**
 * Beginnings that most endings would be taken off down to, though `generic`, `general` and `generate` have nothing to do
 * with each other: endings count from behind them. Each with a single syllable of its own end, behind which Porter's
 * conditions hold for the same endings as they should behind the whole.
 */
const LONG_BEGINNINGS = [
  ['gener', 'ner'],
  ['commun', 'mun'],
  ['arsen', 'sen'],
] as const;

/** Where Porter takes off too much behind these: `generative` belongs to `generate`, and `generous` is no plural. */
const KEPT_ENDINGS = [
  ['ativ', 'at'],
  ['ous', 'ous'],
] as const;

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ...['news', 'atlas', 'cosmos', 'bias', 'howe', 'andes', 'sky'].map((word): [string, string] => [word, word]),
  ...['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed'].flatMap(
    (word): [string, string][] => [
      [word, word],
      [`${word}s`, word],
    ],
  ),
  ['skies', 'sky'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['singly', 'singl'],
  // As `dies` and `died` are stemmed; `die` would not begin `dying`.
  ['die', 'di'],
  ['dying', 'di'],
  ['lie', 'li'],
  ['lying', 'li'],
  ['tie', 'ti'],
  ['tying', 'ti'],
]);

/** @param word lower-case ASCII letters */
export function stemWord(word: string): string {
  const special = SPECIAL.get(word);
  if (special !== undefined) return special;
  for (const [beginning, syllable] of LONG_BEGINNINGS) {
    if (word.startsWith(beginning)) return beginning + endingOf(word.slice(beginning.length), syllable);
  }
  return stemmer(word);
}

function endingOf(ending: string, syllable: string): string {
  for (const [opening, kept] of KEPT_ENDINGS) if (ending.startsWith(opening)) return kept;
  return stemmer(syllable + ending).slice(syllable.length);
}
