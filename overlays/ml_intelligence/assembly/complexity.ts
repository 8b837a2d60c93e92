/** How complex a request is, by the weights that the pipeline has always used. */
import { Question, readQuestion } from './question';
import { countWords, distinctTerms, wordsOf } from './words';

const LONG_WORDS: f64 = 60;
const WIDE_TERMS: f64 = 20;
const MANY_PARTS: f64 = 3;
const MANY_CONJUNCTIONS: f64 = 4;

export class Analysis {
  score: f64 = 0;
  words: i32 = 0;
  terms: i32 = 0;
  question: Question = new Question();
  conjunctions: i32 = 0;
  deep: bool = false;

  isLong(): bool {
    return this.words >= <i32>LONG_WORDS;
  }
}

export function analyseRequest(query: string): Analysis {
  const analysis = new Analysis();
  analysis.words = countWords(query);
  analysis.terms = distinctTerms(query);
  analysis.question = readQuestion(query);
  const words = wordsOf(query);
  for (let i = 0; i < words.length; i++) {
    if (isConjunction(words[i])) analysis.conjunctions++;
    else if (
      isDeep(words[i]) ||
      (words[i] == 'trade' && i + 1 < words.length && (words[i + 1] == 'off' || words[i + 1] == 'offs'))
    )
      analysis.deep = true;
  }
  const score =
    0.25 * share(analysis.words, LONG_WORDS) +
    0.25 * share(analysis.terms, WIDE_TERMS) +
    0.2 * share(analysis.question.parts - 1, MANY_PARTS - 1) +
    0.15 * share(analysis.conjunctions, MANY_CONJUNCTIONS) +
    (analysis.deep ? 0.15 : 0);
  analysis.score = Math.round(score * 1000) / 1000;
  return analysis;
}

function share(value: f64, full: f64): f64 {
  return min(1.0, max(0.0, value / full));
}

function isConjunction(word: string): bool {
  return (
    word == 'and' ||
    word == 'or' ||
    word == 'but' ||
    word == 'while' ||
    word == 'whereas' ||
    word == 'although' ||
    word == 'because' ||
    word == 'if' ||
    word == 'unless' ||
    word == 'versus' ||
    word == 'both' ||
    word == 'either'
  );
}

function isDeep(word: string): bool {
  return (
    word == 'why' ||
    word == 'how' ||
    word == 'compare' ||
    word == 'explain' ||
    word == 'evaluate' ||
    word == 'tradeoff' ||
    word == 'tradeoffs' ||
    word.startsWith('differ') ||
    word.startsWith('implication') ||
    (word.startsWith('consequen') && word.length > 9) ||
    word.startsWith('relat')
  );
}
