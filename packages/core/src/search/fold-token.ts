/**
 * The slow path of the analyzer: words that hold anything outside ASCII.
 * @module
 */

/** Letters that Unicode does not decompose into a base letter and a mark. */
const LIGATURES: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

// Only the general diacritics: the vowel signs of Indic and Semitic scripts are marks too, and they carry meaning.
const DIACRITICS = /[\u0300-\u036f]/g;
const LIGATURE = /[ßæœøłđðþı]/g;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu;

/** Lower case, compatibility forms and diacritics folded; `Ｃafé` and `cafe` are the same word. */
export function foldText(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(DIACRITICS, '')
      .normalize('NFKC')
      .toLowerCase()
      // Lower-casing can bring a mark back (İ).
      .replace(DIACRITICS, '')
      .replace(LIGATURE, (letter) => LIGATURES[letter] ?? letter)
  );
}

/**
 * The words of a run of letters. Chinese and Japanese put no space between words, so runs of their characters are
 * indexed as overlapping pairs.
 */
export function foldToken(run: string): string[] {
  const words: string[] = [];
  for (const [word] of foldText(run).matchAll(WORD)) {
    let from = 0;
    for (const unspaced of word.matchAll(UNSPACED)) {
      if (unspaced.index > from) words.push(word.slice(from, unspaced.index));
      pushPairs([...unspaced[0]], words);
      from = unspaced.index + unspaced[0].length;
    }
    if (from < word.length) words.push(word.slice(from));
  }
  return words;
}

function pushPairs(characters: readonly string[], words: string[]): void {
  if (characters.length === 1) words.push(characters.join(''));
  for (let i = 1; i < characters.length; i++) words.push(`${characters[i - 1] ?? ''}${characters[i] ?? ''}`);
}
