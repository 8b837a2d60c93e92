/**
 * Phase 1: what the memory holds on a question. One search for the question and one for each of its parts; for each
 * document it names, a search within that document, its lead, and what the lineage says came after it.
 * @module
 */
import type { CapsuleHeader, CapsuleRecord } from '../capsule/capsule.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { QueryReader } from '../embedding/index.js';
import type { QueryVector, SearchPage } from '../ports/search-reader.js';
import { analyze } from '../search/analyzer.js';
import { isQuarantined } from '../trust/trust-level.js';
import { isKeptAnswer } from './after/kept-answer.js';
import type { FindNamed, Source } from './answer/answer-provider.js';
import { focusWords } from './answer/cues.js';
import { labelsOf, namesOf, type Label } from './answer/labels.js';
import type { Question } from './answer/question.js';
import type { AskInput } from './ask-input.js';
import type { AskStore } from './ask-ports.js';
import type { Recollection } from './cache/found-before.js';
import { foundSource, type FoundSource } from './cache/source-standing.js';
import { summariseLineage, type LineageSummary } from './lineage-summary.js';
import { namedDocuments } from './named-documents.js';

export interface RetrievedContext {
  readonly found: readonly FoundSource[];
  /** Null for what was found before: only an answer that is not kept needs the texts. */
  readonly sources: readonly Source[] | null;
  /** Capsules not yet in the search index. */
  readonly lag: number;
}

/** Things named in a question that get a search of their own. */
const MOST_NAMED = 3;
/** Hits looked through for the name itself; a short number stands in many texts that are about something else. */
const HITS_PER_NAME = 20;
const HITS_PER_SHORT_NAME = 100;
const HITS_PER_DOCUMENT = 8;
const HITS_PER_PART = 5;
/** Documents looked into when the question names none. */
const MOST_LOOKED_INTO = 2;
/** A lead, or what derives from a named document, is as much to the point as a good hit, not more than the best. */
const RELATED_SCORE = 0.8;

export class ContextReader {
  readonly #store: AskStore;
  readonly #filter: CapsuleFilter;
  readonly #recollection: Promise<Recollection> | null;
  readonly #lineage = new Map<string, Promise<LineageSummary>>();
  /** The question as a model reads it: what is searched for within documents is still this question. */
  readonly #meaning: Promise<QueryVector | null>;
  #lookups: number;

  /** @param recollection what was found for the same question before; begun when the reader is made. */
  constructor(
    store: AskStore & { readonly queries: QueryReader },
    input: AskInput,
    lookups: number,
    recollection: Promise<Recollection> | null = null,
  ) {
    this.#store = store;
    this.#meaning = store.queries.vectorOf(input.query.trim());
    this.#recollection = recollection;
    this.#lookups = lookups;
    this.#filter = {
      ...(input.minTrust === undefined ? {} : { minTrust: input.minTrust }),
      ...(input.collection === undefined ? {} : { collection: input.collection }),
      ...(input.asOf === undefined ? {} : { asOf: input.asOf }),
    };
  }

  /** What was found for the same question before, while it is all that would be found now. */
  async recall(): Promise<RetrievedContext | null> {
    const found = (await this.#recollection)?.recall([]) ?? null;
    return found === null ? null : { found, sources: null, lag: 0 };
  }

  async gather(
    question: Question,
    limit: number,
    signal: AbortSignal,
  ): Promise<RetrievedContext & { readonly sources: readonly Source[] }> {
    const labels = question.labels.slice(0, MOST_NAMED);
    const [first, parts, ...byName] = await Promise.all([
      this.#page(question.text, limit),
      Promise.all(partQueries(question).map((query) => this.#page(query, HITS_PER_PART))),
      ...labels.map((label) => this.#namesakes(label)),
    ]);
    signal.throwIfAborted();
    const found = new Pool();
    for (const page of [first, ...parts]) found.add(sourcesOf(page));
    const hits = [...byName.flat(), ...first.items.map(({ capsule }) => capsule)];
    const focus = focusWords(question.parts);
    const asksAfter = question.parts.some(({ kind }) => kind === 'replacement');
    found.add(
      await (labels.length > 0
        ? this.#documents(focus, question.text, labels, hits, asksAfter)
        : this.#lookInto(focus, question.text, mostFound(first))),
    );
    signal.throwIfAborted();
    const sources = found.sources();
    const context = { found: sources.map(foundSource), sources, lag: first.lag };
    await (await this.#recollection)?.keep([], context.found);
    return context;
  }

  /** Under the filter of the request; empty once the allowance is used up. */
  readonly findNamed: FindNamed = async (name, query) => {
    const labels = labelsOf(name);
    if (labels.length === 0 || this.#lookups <= 0) return [];
    this.#lookups--;
    return this.#named(labels, name, query);
  };

  async #named(labels: readonly Label[], name: string, query: string): Promise<readonly Source[]> {
    const pages = await Promise.all(labels.map((label) => this.#namesakes(label)));
    const found = new Pool();
    found.add(await this.#documents(query, '', labels, pages.flat(), false));
    const sources = found.sources();
    await (await this.#recollection)?.keep([name, query], sources.map(foundSource));
    return sources;
  }

  /** As {@link findNamed}, where only the standing matters; uses up no allowance, as it repeats what was allowed. */
  async standingOfNamed(name: string, query: string): Promise<readonly FoundSource[]> {
    const found = (await this.#recollection)?.recall([name, query]) ?? null;
    return found ?? (await this.#named(labelsOf(name), name, query)).map(foundSource);
  }

  /**
   * Read once per capsule and run, and only for what is cited: the standing that a lineage amounts to is in every
   * header already.
   */
  lineageOf(capsule: CapsuleHeader): Promise<LineageSummary> {
    let summary = this.#lineage.get(capsule.id);
    if (summary === undefined) {
      summary = summariseLineage(this.#store, capsule);
      this.#lineage.set(capsule.id, summary);
    }
    return summary;
  }

  /** Capsules that a search for a label finds and that go by it. */
  async #namesakes(label: Label): Promise<readonly CapsuleHeader[]> {
    const digits = label.length - label.indexOf(' ') - 1;
    const limit = digits > 2 ? HITS_PER_NAME : HITS_PER_SHORT_NAME;
    const { items } = await this.#page(label, limit, { content: false });
    return items.map(({ capsule }) => capsule).filter((capsule) => namesOf(capsule).has(label));
  }

  async #documents(
    focus: string,
    asked: string,
    labels: readonly Label[],
    hits: readonly CapsuleHeader[],
    withDerived: boolean,
  ): Promise<Source[]> {
    const documents = await namedDocuments(this.#store, labels, hits);
    const query = `${wordsBeyond(documents.leads.map(({ title }) => title ?? '').join(' '), asked)} ${focus}`;
    const [derived, ...sections] = await Promise.all([
      withDerived && documents.derived.length > 0 ? this.#store.capsules(documents.derived) : [],
      ...documents.collections.map((collection) => this.#page(query, HITS_PER_DOCUMENT, { collection })),
    ]);
    return [...sections.flatMap(sourcesOf), ...this.#related([...documents.leads, ...derived])];
  }

  /** What else the documents that a search found most of have to say, and their leads. */
  async #lookInto(focus: string, asked: string, documents: readonly FoundDocument[]): Promise<Source[]> {
    const [leads, ...sections] = await Promise.all([
      this.#store.capsules(documents.map(({ lead }) => lead)),
      ...documents.map(({ collection, title }) =>
        this.#page(`${wordsBeyond(title, asked)} ${focus}`, HITS_PER_DOCUMENT, { collection }),
      ),
    ]);
    const found = sections.flatMap((page, index) => {
      const weight = (documents[index] as FoundDocument).weight;
      return sourcesOf(page).map((source) => ({ ...source, score: source.score * weight }));
    });
    return [...found, ...this.#related(leads)];
  }

  #related(capsules: readonly (CapsuleRecord | null)[]): Source[] {
    return capsules
      .filter((capsule) => capsule !== null)
      .filter((capsule) => this.#admits(capsule))
      .map((capsule) => ({
        capsule,
        content: capsule.content,
        passage: { text: '', start: 0, end: 0 },
        score: RELATED_SCORE,
      }));
  }

  async #page(
    query: string,
    limit: number,
    { collection, content = true }: { readonly collection?: string; readonly content?: boolean } = {},
  ): Promise<SearchPage> {
    return this.#store.search({
      // White space ends a word: nobody is still typing.
      query: `${query} `,
      filter: collection === undefined ? this.#filter : { ...this.#filter, collection },
      limit,
      cursor: null,
      explain: false,
      includeContent: content,
      includePassage: content,
      // A name is looked up by its letters.
      vector: content ? await this.#meaning : null,
    });
  }

  /** The filter of the request, for capsules that did not come through a search. */
  #admits(capsule: CapsuleHeader): boolean {
    const { minTrust = 0, collection, asOf } = this.#filter;
    if (!mayBeCited(capsule) || capsule.archived || capsule.chainTrust < minTrust) return false;
    // A head is what was known at a moment only if it existed then; older versions come through search alone.
    if (asOf !== undefined && Date.parse(capsule.createdAt) > Date.parse(asOf)) return false;
    if (collection === undefined) return capsule.isHead;
    const within = capsule.collection === collection || (capsule.collection?.startsWith(`${collection}/`) ?? false);
    return capsule.isHead && within;
  }
}

/**
 * Whatever the filter says: nothing retracted or quarantined is ever cited. Nor is an answer that was kept: what it rests
 * on says it in its own words, and answers made of answers would drift from their sources.
 */
export function mayBeCited(capsule: Pick<CapsuleHeader, 'retracted' | 'trust' | 'type' | 'key'>): boolean {
  return !capsule.retracted && !isQuarantined(capsule.trust) && !isKeptAnswer(capsule);
}

/** Scores compare within one search only; as shares of the best they can stand beside those of another. */
function sourcesOf({ items }: SearchPage): Source[] {
  const best = items[0]?.score ?? 0;
  const sources: Source[] = [];
  for (const { capsule, content, passage, score } of items) {
    if (content === undefined || !mayBeCited(capsule)) continue;
    sources.push({ capsule, content, passage, score: best > 0 ? score / best : 0 });
  }
  return sources;
}

interface FoundDocument {
  readonly collection: string;
  readonly lead: string;
  readonly title: string;
  /** 0–1: its share of what was found, the first document having 1. */
  readonly weight: number;
}

/** The split documents that most of a search's weight falls on, in that order. */
function mostFound({ items }: SearchPage): readonly FoundDocument[] {
  const documents = new Map<string, FoundDocument>();
  for (const { capsule, score } of items) {
    const { collection, position, parentId } = capsule;
    if (collection === null || position === null || parentId === null) continue;
    const weight = (documents.get(collection)?.weight ?? 0) + score;
    documents.set(collection, { collection, lead: parentId, title: capsule.title ?? '', weight });
  }
  const heaviest = [...documents.values()].sort((a, b) => b.weight - a.weight).slice(0, MOST_LOOKED_INTO);
  const most = heaviest[0]?.weight ?? 1;
  return heaviest.map((document) => ({ ...document, weight: most > 0 ? document.weight / most : 1 }));
}

/** Within a document the words of its title tell its sections apart no more. */
function wordsBeyond(title: string, asked: string): string {
  const said = new Set(analyze(title));
  return asked
    .split(/\s+/u)
    .filter((word) => !analyze(word).some((term) => said.has(term)))
    .join(' ');
}

/** A question of several parts is searched part by part as well: the sum of them ranks neither first. */
function partQueries({ parts }: Question): readonly string[] {
  if (parts.length < 2) return [];
  return parts
    .filter(({ terms, labels }) => terms.length > 0 && labels.length === 0)
    .map((part) => `${part.terms.join(' ')} ${focusWords([part])}`);
}

/** Sources by capsule, each with the best score any search gave it, in order of first appearance. */
class Pool {
  readonly #sources = new Map<string, Source>();

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
