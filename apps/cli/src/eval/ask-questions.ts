/**
 * Asking a memory the questions of a set, one after the other, as any client would.
 * @module
 */
import type { EvaluationSet } from './evaluation-set.js';
import { DEPTH } from './metrics.js';
import { documentIdOf, scopeOf } from './plan-evaluation.js';

/** A hit as far as an evaluation looks at it. */
export interface FoundCapsule {
  readonly key: string | null;
  readonly score: number;
}

/** Finds up to `limit` capsules of a collection and those below it, best first. */
export type Find = (question: string, collection: string, limit: number) => Promise<readonly FoundCapsule[]>;

export interface RankedDocument {
  readonly id: string;
  readonly score: number;
}

export interface AskedQuestion {
  readonly queryId: string;
  readonly category: string | null;
  /** Best first, no document twice. */
  readonly found: readonly RankedDocument[];
  /** From question to answer, in milliseconds. */
  readonly ms: number;
}

/** How many searches come before those that count: connections, caches and compiled code are not what is measured. */
const WARM_UP = 8;
const WARM_UP_CHARACTERS = 100;

/** Asks what something was judged relevant to. */
export async function askQuestions(
  name: string,
  { documents, queries, judgements }: EvaluationSet,
  find: Find,
  onProgress: (done: number) => void = () => {},
): Promise<readonly AskedQuestion[]> {
  // Not by questions: their answers might be remembered.
  for (const document of documents.slice(0, WARM_UP)) {
    await find(document.text.slice(0, WARM_UP_CHARACTERS), scopeOf(name, document), DEPTH);
  }
  const asked: AskedQuestion[] = [];
  for (const query of queries.filter(({ id }) => judgements.has(id))) {
    const scope = scopeOf(name, query);
    const started = performance.now();
    const hits = await find(query.text, scope, DEPTH);
    const ms = performance.now() - started;
    const found = hits.flatMap(({ key, score }) => {
      const id = documentIdOf(name, key);
      return id === null ? [] : [{ id, score }];
    });
    asked.push({ queryId: query.id, category: query.category, found, ms });
    onProgress(asked.length);
  }
  return asked;
}
