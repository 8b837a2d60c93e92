/** A summary of sentences of the text, unchanged and in its order. */
import { Prose, Sentence } from './sentences';

const MOST_SENTENCES: i32 = 3;
/** Sentences that share more than this say the same. */
const SAME: f64 = 0.5;

/** @param title stems of the title's words, sorted */
export function summarise(prose: Prose, title: u32[]): Sentence[] {
  const frequency = new Map<u32, i32>();
  const sentences = prose.sentences;
  for (let i = 0; i < sentences.length; i++) {
    const terms = sentences[i].terms;
    for (let j = 0; j < terms.length; j++)
      frequency.set(terms[j], frequency.has(terms[j]) ? frequency.get(terms[j]) + 1 : 1);
  }
  const scores: f64[] = [];
  for (let i = 0; i < sentences.length; i++) scores.push(scoreOf(sentences[i], i, frequency, title));
  const chosen: i32[] = [];
  while (chosen.length < MOST_SENTENCES && chosen.length * 3 < sentences.length) {
    let best = -1;
    for (let i = 0; i < sentences.length; i++) {
      if (scores[i] <= 0 || (best >= 0 && scores[i] <= scores[best])) continue;
      let said = chosen.includes(i);
      for (let c = 0; c < chosen.length && !said; c++)
        said = likeness(sentences[i].terms, sentences[chosen[c]].terms) > SAME;
      if (!said) best = i;
    }
    if (best < 0) break;
    chosen.push(best);
    scores[best] = scores[best];
  }
  chosen.sort((a, b) => a - b);
  const summary: Sentence[] = [];
  for (let i = 0; i < chosen.length; i++) summary.push(sentences[chosen[i]]);
  return summary;
}

function scoreOf(sentence: Sentence, index: i32, frequency: Map<u32, i32>, title: u32[]): f64 {
  const terms = sentence.terms;
  if (terms.length < 3 || sentence.words < 5) return 0;
  let weight = 0.0;
  for (let i = 0; i < terms.length; i++) weight += Math.log(1 + <f64>frequency.get(terms[i]));
  let score = weight / Math.sqrt(<f64>terms.length + 4);
  if (title.length > 0) score *= 1 + 0.6 * (<f64>shared(terms, title) / <f64>title.length);
  if (sentence.paragraph == 0) score *= 1.25;
  if (index == 0) score *= 1.1;
  if (sentence.words > 45) score *= 45.0 / <f64>sentence.words;
  return score;
}

/** How many are in both of two sorted lists. */
export function shared<T>(a: T[], b: T[]): i32 {
  let i = 0;
  let j = 0;
  let both = 0;
  while (i < a.length && j < b.length) {
    const x = unchecked(a[i]);
    const y = unchecked(b[j]);
    if (x == y) {
      both++;
      i++;
      j++;
    } else if (x < y) i++;
    else j++;
  }
  return both;
}

/** Share of what is in either that is in both. */
export function likeness(a: u32[], b: u32[]): f64 {
  const both = shared(a, b);
  const either = a.length + b.length - both;
  return either == 0 ? 0 : <f64>both / <f64>either;
}
