/** Documents of one passage each, so that every side keeps exactly one vector of each, and questions about them. */
import { embeddingText, splitPassages } from '@forge-cascade/core';
import { randomness } from '../shared/random.mjs';

const TITLE = 60;
/** How far a made vector lies from the one it is made from, in lengths of that: their cosine is about .8. */
const SPREAD = 0.75;

/** `{ id, title, content, text }` each; `text` is what the model reads, and what peers store. */
export function documentsOf(source, count, maxChars) {
  const size = Math.floor(maxChars * 0.75);
  return Array.from({ length: count }, (_, i) => {
    const content = source.next(size).slice(0, size).trim();
    const title = content.slice(0, TITLE).trim();
    if (splitPassages(title, content, maxChars).length !== 1) throw new Error(`document ${i} is more than one passage`);
    return { id: `d${i}`, title, content, text: embeddingText(title, content, maxChars) };
  });
}

/** Runs of six to twelve words as they stand in documents: what somebody remembers, with its common words. No two alike. */
export function questionsOf(docs, count) {
  const random = randomness(23);
  const questions = new Set();
  while (questions.size < count) {
    const words = docs[Math.floor(random() * docs.length)].content.match(/[A-Za-z][A-Za-z'-]*/g) ?? [];
    const length = 6 + Math.floor(random() * 7);
    const from = Math.floor(random() * Math.max(1, words.length - length));
    const question = words.slice(from, from + length).join(' ');
    if (question.length > 20) questions.add(question);
  }
  return [...questions];
}

/**
 * `count` unit vectors: the given ones, then others scattered about them. To look through very many vectors takes as
 * long whatever they mean, and embedding so many texts takes hours.
 */
export function scattered(given, count) {
  const random = randomness(29);
  const { length: dimensions } = given[0];
  const near = SPREAD * Math.sqrt(3 / dimensions);
  return Array.from({ length: count }, (_, i) => {
    const origin = given[i % given.length];
    if (i < given.length) return origin;
    const vector = new Float32Array(dimensions);
    let squares = 0;
    for (let at = 0; at < dimensions; at++) {
      vector[at] = origin[at] + near * (2 * random() - 1);
      squares += vector[at] ** 2;
    }
    const norm = Math.sqrt(squares);
    for (let at = 0; at < dimensions; at++) vector[at] /= norm;
    return vector;
  });
}
