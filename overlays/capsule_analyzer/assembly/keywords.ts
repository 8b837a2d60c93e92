/** Keywords by RAKE (Rose and others 2010): runs of words that mean something, by how much company their words keep. */
import { Prose } from './sentences';
import { isNumber, isStop, nextWord, stemHash, wordAt, wordEnd, wordHash } from './words';

const MOST_KEYWORDS: i32 = 10;
const MOST_WORDS: i32 = 3;
const MOST_PHRASES: i32 = 20000;

export class Keyword {
  score: f64 = 0;
  count: i32 = 1;

  constructor(
    readonly start: usize,
    readonly end: usize,
    readonly stems: u32[],
  ) {}
}

/** @param title stems of the title's words: phrases made of them count more */
export function keywordsOf(prose: Prose, title: u32[]): Keyword[] {
  const phrases = new Map<u64, i32>();
  const list: Keyword[] = [];
  const frequency = new Map<u32, i32>();
  const degree = new Map<u32, i32>();
  for (let s = 0; s < prose.sentences.length; s++) {
    const sentence = prose.sentences[s];
    let p = sentence.start;
    let from: usize = 0;
    let to: usize = 0;
    let stems: u32[] = [];
    while (nextWord(p, sentence.end)) {
      const means = !isNumber && !isStop(wordHash) && wordEnd - wordAt > 2;
      // Only white space or a dash may stand between the words of a phrase.
      const joined = from != 0 && joins(to, wordAt);
      if (!means || !joined || stems.length == MOST_WORDS) {
        if (from != 0) take(phrases, list, frequency, degree, from, to, stems);
        from = 0;
        stems = [];
      }
      if (means) {
        if (from == 0) from = wordAt;
        to = wordEnd;
        stems.push(stemHash);
      }
      p = wordEnd;
    }
    if (from != 0) take(phrases, list, frequency, degree, from, to, stems);
  }
  for (let i = 0; i < list.length; i++) {
    const keyword = list[i];
    let sum = 0.0;
    let known = 0;
    for (let j = 0; j < keyword.stems.length; j++) {
      const stem = keyword.stems[j];
      const count = <f64>frequency.get(stem);
      sum += (<f64>degree.get(stem) / count) * Math.log(1 + count);
      if (title.includes(stem)) known++;
    }
    keyword.score =
      sum * (0.5 + Math.log(1 + <f64>keyword.count)) * (1 + 0.5 * (<f64>known / <f64>keyword.stems.length));
  }
  list.sort((a, b) => (a.score > b.score ? -1 : a.score < b.score ? 1 : <i32>a.start - <i32>b.start));
  const keywords: Keyword[] = [];
  // In a text of some length a phrase that stands there once is no keyword of it.
  const fewest = prose.sentences.length > 20 ? 2 : 1;
  for (let i = 0; i < list.length && keywords.length < MOST_KEYWORDS; i++) {
    if (list[i].count < fewest) continue;
    // A phrase whose words are all in one that stands higher adds nothing.
    let contained = false;
    for (let k = 0; k < keywords.length && !contained; k++) {
      let inside = 0;
      for (let j = 0; j < list[i].stems.length; j++) if (keywords[k].stems.includes(list[i].stems[j])) inside++;
      contained = inside == list[i].stems.length;
    }
    if (!contained) keywords.push(list[i]);
  }
  return keywords;
}

function joins(from: usize, to: usize): bool {
  if (to - from > 4) return false;
  for (let p = from; p < to; p++) {
    const c = load<u8>(p);
    if (c != 32 && c != 45 && c != 10) return false;
  }
  return true;
}

function take(
  phrases: Map<u64, i32>,
  list: Keyword[],
  frequency: Map<u32, i32>,
  degree: Map<u32, i32>,
  from: usize,
  to: usize,
  stems: u32[],
): void {
  let key: u64 = 0xcbf29ce484222325;
  for (let i = 0; i < stems.length; i++) {
    const stem = stems[i];
    key = (key ^ (<u64>stem)) * 0x100000001b3;
    frequency.set(stem, frequency.has(stem) ? frequency.get(stem) + 1 : 1);
    degree.set(stem, (degree.has(stem) ? degree.get(stem) : 0) + stems.length);
  }
  if (phrases.has(key)) list[phrases.get(key)].count++;
  else if (list.length < MOST_PHRASES) {
    phrases.set(key, list.length);
    list.push(new Keyword(from, to, stems));
  }
}
