/**
 * Phase 1: what the memory holds on a question. One search for the question, one for each thing it names, one within
 * each document so named, and what the lineage knows to derive from it when the question asks what came after.
 * @module
 */
import type { CapsuleHeader } from '../capsule/capsule.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import { isQuarantined } from '../trust/trust-level.js';
import type { FindMore, Source } from './answer/answer-provider.js';
import { focusWords } from './answer/cues.js';
import { namesOf, type Label } from './answer/labels.js';
import type { Question } from './answer/question.js';
import type { AskInput, AskStore } from './ask-ports.js';
import { summariseLineage, type LineageSummary } from './lineage-summary.js';

export interface RetrievedContext {
  readonly sources: readonly Source[];
  /** Capsules not yet in the search index. */
  readonly lag: number;
}

/** Things named in a question that get a search of their own, and documents looked into for them. */
const MOST_NAMED = 3;
const HITS_PER_NAME = 5;
const HITS_PER_DOCUMENT = 8;
const HITS_PER_PART = 5;
/** What derives from a named document is as much to the point as a good hit, not more than the best. */
const DERIVED_SCORE = 0.8;
const MOST_DERIVED = 8;

export class ContextReader {
  readonly #store: AskStore;
  readonly #filter: CapsuleFilter;
  readonly #lineage = new Map<string, Promise<LineageSummary>>();
  #furtherSearches: number;

  constructor(store: AskStore, input: AskInput, furtherSearches: number) {
    this.#store = store;
    this.#furtherSearches = furtherSearches;
    this.#filter = {
      ...(input.minTrust === undefined ? {} : { minTrust: input.minTrust }),
      ...(input.collection === undefined ? {} : { collection: input.collection }),
      ...(input.asOf === undefined ? {} : { asOf: input.asOf }),
    };
  }

  async gather(question: Question, limit: number, signal: AbortSignal): Promise<RetrievedContext> {
    const named = question.labels.slice(0, MOST_NAMED);
    const [first, ...byName] = await Promise.all([
      this.#search(question.text, limit),
      ...named.map((label) => this.#search(label, HITS_PER_NAME)),
    ]);
    signal.throwIfAborted();
    const found = new Pool(first.sources);
    for (const { sources } of byName) found.add(sources.filter(({ capsule }) => isNamed(capsule, named)));
    const documents = documentsNamed(found.sources(), named);
    const within = await Promise.all([
      ...documents.map((collection) =>
        this.#search(`${question.text} ${focusWords(question.parts)}`, HITS_PER_DOCUMENT, collection),
      ),
      ...partQueries(question).map((query) => this.#search(query, HITS_PER_PART)),
      this.#derivedFrom(question, found.sources(), named),
    ]);
    for (const { sources } of within) found.add(sources);
    signal.throwIfAborted();
    const sources = found.sources();
    await Promise.all(sources.map(({ capsule }) => this.lineageOf(capsule)));
    return { sources, lag: Math.max(first.lag, ...byName.map(({ lag }) => lag)) };
  }

  /** Under the filter of the request; empty once the allowance is used up. */
  readonly findMore: FindMore = async (query, { limit, collection }) => {
    if (this.#furtherSearches <= 0) return [];
    this.#furtherSearches--;
    return (await this.#search(query, limit, collection)).sources;
  };

  /** Read once per capsule and run. */
  lineageOf(capsule: CapsuleHeader): Promise<LineageSummary> {
    let summary = this.#lineage.get(capsule.id);
    if (summary === undefined) {
      summary = summariseLineage(this.#store, capsule);
      this.#lineage.set(capsule.id, summary);
    }
    return summary;
  }

  async #search(query: string, limit: number, collection?: string): Promise<RetrievedContext> {
    const page = await this.#store.search({
      query,
      filter: collection === undefined ? this.#filter : { ...this.#filter, collection },
      limit,
      cursor: null,
      explain: false,
      includeContent: true,
    });
    const best = page.items[0]?.score ?? 0;
    const sources: Source[] = [];
    for (const { capsule, content, passage, score } of page.items) {
      if (content === undefined || !mayBeCited(capsule)) continue;
      // Scores compare within one search only; as shares of the best they can stand beside those of another.
      sources.push({ capsule, content, passage, score: best > 0 ? score / best : 0 });
    }
    return { sources, lag: page.lag };
  }

  /** Direct descendants of what the question names, when it asks what replaced it. */
  async #derivedFrom(question: Question, found: readonly Source[], named: readonly Label[]): Promise<RetrievedContext> {
    if (!question.parts.some(({ kind }) => kind === 'replacement')) return { sources: [], lag: 0 };
    const roots = found.filter(({ capsule }) => isNamed(capsule, named)).slice(0, HITS_PER_NAME);
    const graphs = await Promise.all(roots.map(({ capsule }) => this.#store.lineage(capsule.id, 'descendants', 1)));
    const ids = new Set<string>();
    for (const graph of graphs) {
      for (const node of graph?.nodes ?? []) {
        if (node.depth === 1 && node.isHead && !node.archived && ids.size < MOST_DERIVED) ids.add(node.id);
      }
    }
    const sources: Source[] = [];
    for (const capsule of ids.size === 0 ? [] : await this.#store.capsules([...ids])) {
      if (capsule === null || !mayBeCited(capsule) || !this.#admits(capsule)) continue;
      const passage = { text: capsule.summary, start: 0, end: 0 };
      sources.push({ capsule, content: capsule.content, passage, score: DERIVED_SCORE });
    }
    return { sources, lag: 0 };
  }

  /** The filter of the request, for capsules that did not come through a search. */
  #admits(capsule: CapsuleHeader): boolean {
    const { minTrust = 0, collection, asOf } = this.#filter;
    if (capsule.chainTrust < minTrust) return false;
    if (asOf !== undefined && Date.parse(capsule.createdAt) > Date.parse(asOf)) return false;
    if (collection === undefined) return true;
    return capsule.collection === collection || (capsule.collection?.startsWith(`${collection}/`) ?? false);
  }
}

/** Whatever the filter says: nothing retracted or quarantined is ever cited. */
export function mayBeCited(capsule: { readonly retracted: boolean; readonly trust: number }): boolean {
  return !capsule.retracted && !isQuarantined(capsule.trust);
}

export function isNamed(capsule: CapsuleHeader, labels: readonly Label[]): boolean {
  const names = namesOf(capsule);
  return labels.some((label) => names.has(label));
}

/** A question of several parts is searched part by part as well: the sum of them ranks neither first. */
function partQueries({ parts }: Question): readonly string[] {
  if (parts.length < 2) return [];
  return parts
    .filter(({ terms, labels }) => terms.length > 0 && labels.length === 0)
    .map((part) => `${part.terms.join(' ')} ${focusWords([part])}`);
}

/** Collections that are themselves a named document, so that its other sections lie in them. */
function documentsNamed(sources: readonly Source[], labels: readonly Label[]): readonly string[] {
  const collections = new Set<string>();
  for (const { capsule } of sources) {
    if (capsule.collection === null || capsule.position === null || !isNamed(capsule, labels)) continue;
    if (collections.size < MOST_NAMED) collections.add(capsule.collection);
  }
  return [...collections];
}

/** Sources by capsule, each with the best score any search gave it, in order of first appearance. */
class Pool {
  readonly #sources = new Map<string, Source>();

  constructor(sources: readonly Source[]) {
    this.add(sources);
  }

  add(sources: readonly Source[]): void {
    for (const source of sources) {
      const known = this.#sources.get(source.capsule.id);
      if (known === undefined || known.score < source.score) this.#sources.set(source.capsule.id, source);
    }
  }

  sources(): readonly Source[] {
    return [...this.#sources.values()];
  }
}
