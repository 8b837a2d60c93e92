/** Documents for the bench: cut from a folder of texts, or generated with Zipf's law when there is none. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const WORDS_PER_DOCUMENT = 350;

/** A small deterministic generator, so that every run sees the same documents. */
export function randomness(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * `count` documents of about 350 words. Texts are cut into windows that start at every offset needed to reach the count,
 * so common words are as common as in prose; each document also gets a rare word of its own kind.
 */
export function documentsFrom(folder, count) {
  const random = randomness(7);
  if (folder === undefined || !existsSync(folder)) {
    console.log(`no corpus at ${folder ?? '(no argument)'}: generating Zipf text instead`);
    return generated(count, random);
  }
  const texts = readdirSync(folder)
    .filter((name) => /\.(rst|md|txt)$/.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').split(/(?<=\s)(?=\S)/));
  const words = texts.reduce((sum, text) => sum + text.length, 0);
  const stride = Math.max(1, Math.floor(words / count));
  const documents = [];
  for (let pass = 0; documents.length < count; pass++) {
    for (const text of texts) {
      for (let at = pass; at < text.length && documents.length < count; at += stride) {
        const piece = text.slice(at, at + WORDS_PER_DOCUMENT);
        // Short tails wrap to the text's beginning, to keep lengths alike.
        if (piece.length < WORDS_PER_DOCUMENT) piece.push(...text.slice(0, WORDS_PER_DOCUMENT - piece.length));
        documents.push(document(piece.slice(0, 6).join('').trim(), piece.join(''), random));
      }
    }
  }
  return documents;
}

/** As many words appear once per few documents as in a real store of notes: names, numbers, identifiers. */
function document(title, body, random) {
  const name = Math.floor(random() ** 2 * 60_000).toString(36);
  return { title: title.replace(/\s+/g, ' '), tags: '', body: `${body} ref${name}` };
}

function generated(count, random) {
  const syllables = [
    'ka',
    'lo',
    'mi',
    'ter',
    'ran',
    'su',
    'ves',
    'po',
    'dral',
    'in',
    'qua',
    'bex',
    'no',
    'fi',
    'gor',
    'ath',
  ];
  const vocabulary = Array.from({ length: 50_000 }, (_, i) => {
    let word = '';
    for (let n = i + 16; n > 0; n = Math.floor(n / 16)) word += syllables[n % 16];
    return word;
  });
  const pick = () => vocabulary[Math.min(vocabulary.length - 1, Math.floor(vocabulary.length ** random()) - 1)];
  return Array.from({ length: count }, () => {
    const piece = Array.from({ length: WORDS_PER_DOCUMENT }, pick);
    return document(piece.slice(0, 6).join(' '), piece.join(' '), random);
  });
}
