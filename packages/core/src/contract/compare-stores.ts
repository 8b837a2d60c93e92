/**
 * Puts one history through several stores and compares every answer they give.
 * @module
 */
import { deepStrictEqual } from 'node:assert/strict';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { LedgerQuery } from '../ports/ledger-reader.js';
import type { SearchHit } from '../ports/search-reader.js';
import type { Store } from '../ports/store.js';
import { HISTORY_COLLECTIONS, HISTORY_OWNERS, HISTORY_TAGS, HISTORY_WORDS, type History } from './random-history.js';

export interface CompareOptions {
  /** Compare after every so many steps, and at the end. Default: at the end alone. */
  readonly every?: number;
  /** At the end, give every version vectors and compare searches by meaning too. */
  readonly vectors?: boolean;
}

/** Questions asked together: a server's answers take longer to travel than to find. */
const AT_ONCE = 16;

/** Scores may differ by this much: engines sum in different orders. */
const SCORE_TOLERANCE = 1e-6;

/**
 * Commits the history's steps to each store and compares the answers to every kind of query.
 * All stores must have been opened with `history.now` as their clock and hold nothing but their opening.
 * @throws AssertionError naming the query and the two answers that differ.
 */
export async function compareStores(
  stores: readonly Store[],
  history: History,
  options: CompareOptions = {},
): Promise<void> {
  const { every = Infinity, vectors = false } = options;
  for (const [i, { at, request }] of history.steps.entries()) {
    history.moveTo(at);
    const results = await Promise.all(stores.map((store) => store.commit(request)));
    for (const result of results) deepStrictEqual(result, results[0], `results of step ${i} differ`);
    if ((i + 1) % every === 0) await compareAnswers(stores);
  }
  if (vectors) await Promise.all(stores.map(embedAll));
  await compareAnswers(stores);
}

const MODEL = 'letters-8';

/** A direction that follows from the letters of a text; none for an empty one. */
function letters(text: string): Float32Array[] {
  const vector = new Float32Array(8);
  for (let i = 0; i < text.length; i++) vector[(text.charCodeAt(i) * (1 + (i % 3))) % 8]! += 1;
  return text.length === 0 ? [] : [vector];
}

/** Gives every version vectors: one of its content, and one of its title if it has one. */
async function embedAll({ vectors }: Store): Promise<void> {
  await vectors.begin(MODEL, 8);
  for (let missing = await vectors.missing(MODEL, 100); missing.length > 0;) {
    const put = missing.map(({ seq, title, content }) => {
      const passages = [content, title ?? ''].flatMap((text) =>
        letters(text).map((vector) => ({ start: 0, end: Math.min(content.length, 9), vector })),
      );
      return { seq, passages };
    });
    await vectors.put(MODEL, put);
    missing = await vectors.missing(MODEL, 100);
  }
  await vectors.serve(MODEL);
}

/** Compares the answers of stores that hold the same history, each with its own openings and seals. */
export async function compareAnswers(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.settled()));
  const [first] = stores;
  if (first === undefined) return;
  const questions = await questionsAbout(first);
  for (let i = 0; i < questions.length; i += AT_ONCE) {
    await Promise.all(
      questions.slice(i, i + AT_ONCE).map(async ([name, ask]) => {
        const answers = await Promise.all(stores.map(ask));
        for (const [j, answer] of answers.entries()) {
          if (j > 0) assertAlike(answer, answers[0], `${name}: store ${j} and store 0 differ`);
        }
      }),
    );
  }
}

const OWN_TYPES: readonly string[] = ['store.opened.v1', 'store.sealed.v1'];

type Question = readonly [name: string, ask: (store: Store) => Promise<unknown>];

/** Scores of a search by capsule, in the order of the answer. */
class Ranking {
  constructor(readonly hits: readonly Pick<SearchHit, 'capsule' | 'score'>[]) {}
}

function assertAlike(actual: unknown, expected: unknown, message: string): void {
  if (!(actual instanceof Ranking) || !(expected instanceof Ranking)) return deepStrictEqual(actual, expected, message);
  const byId = ({ hits }: Ranking) => [...hits].sort((a, b) => (a.capsule.id < b.capsule.id ? -1 : 1));
  const [mine, theirs] = [byId(actual), byId(expected)];
  deepStrictEqual(
    mine.map(({ capsule }) => capsule),
    theirs.map(({ capsule }) => capsule),
    `${message} in what they find`,
  );
  const far = mine.filter(({ score }, i) => !(Math.abs(score - (theirs[i]?.score ?? NaN)) <= SCORE_TOLERANCE));
  deepStrictEqual(
    far.map(({ capsule }) => capsule.id),
    [],
    `${message} in score`,
  );
  // Places agree wherever the scores tell two hits apart.
  for (const [i, hit] of actual.hits.entries()) {
    const place = expected.hits.findIndex(({ capsule }) => capsule.id === hit.capsule.id);
    const apart = Math.abs(hit.score - (expected.hits[i]?.score ?? NaN)) > SCORE_TOLERANCE;
    if (place !== i && apart) deepStrictEqual(place, i, `${message} in the place of ${hit.capsule.id}`);
  }
}

async function questionsAbout(store: Store): Promise<Question[]> {
  const items = await everyEntry(store, {});
  const written = items.filter(({ payload }) => payload !== null && 'supersedes' in payload);
  const ids = written.map(({ envelope }) => envelope.entity_id);
  const series = [...new Set(written.map(({ payload }) => String(payload?.['series_id'])))];
  const keys = written.flatMap(({ payload }) => (typeof payload?.['key'] === 'string' ? [payload['key']] : []));
  const instants = [...new Set(items.map(({ envelope }) => Date.parse(envelope.timestamp)))];
  const times = [...new Set(instants.flatMap((ms) => [ms - 1, ms]))].map((ms) => new Date(ms).toISOString());
  const correlations = [...new Set(items.map(({ envelope }) => envelope.correlation_id))].slice(1, 6);
  return [
    ...statusQuestions(),
    ...capsuleQuestions(ids, series, keys),
    ...filters(times).map((filter): Question => [`list ${JSON.stringify(filter)}`, (s) => everyCapsule(s, filter)]),
    ...ids.flatMap((id, i) => lineageQuestions(id, i)),
    ...entryQuestions(ids, series, times, correlations).map((query): Question => [
      `entries ${JSON.stringify(query)}`,
      (s) => everyEntry(s, query),
    ]),
    ...searchQuestions(times),
    ...overlayQuestions((await store.overlays.all()).map(({ id }) => id)),
    ...(await store.vectors.models()).flatMap(({ serving }) => (serving ? meaningQuestions(ids, times) : [])),
  ];
}

function statusQuestions(): Question[] {
  return [
    [
      'status',
      async (store) => {
        const { ledgerSize, capsules, heads, trustPropagations, maintenance } = await store.status();
        const own = await Promise.all(
          OWN_TYPES.map((type) => store.entries({ type, order: 'oldest', limit: 100, cursor: null })),
        );
        const told = ledgerSize - own.reduce((sum, { items }) => sum + items.length, 0);
        return { told, capsules, heads, trustPropagations, maintenance };
      },
    ],
    ['outbox due', (store) => store.outbox.due(Number.MAX_SAFE_INTEGER, 1000)],
    ['outbox backlog', (store) => store.outbox.backlog()],
  ];
}

function overlayQuestions(ids: readonly string[]): Question[] {
  return [
    ['overlays', (store) => store.overlays.all()],
    ...[...ids, 'unknown'].map((id): Question => [`reach of ${id}`, (store) => store.overlays.reach(id, 5)]),
    ...ids.map((id): Question => [`receipts of ${id}`, (store) => store.overlays.receipts(id, 500, null)]),
  ];
}

function capsuleQuestions(ids: readonly string[], series: readonly string[], keys: readonly string[]): Question[] {
  return [
    ['capsules', (store) => store.capsules([...ids, 'unknown'].slice(-1000))],
    ...[...series, ...ids.slice(0, 10), 'unknown'].map((ref): Question => [`capsule ${ref}`, (s) => s.capsule(ref)]),
    ...series.map((id): Question => [`versions ${id}`, (store) => store.versions(id)]),
    ...HISTORY_OWNERS.map((owner): Question => [
      `keys of ${owner}`,
      (store) => store.byKeys(owner, keys.slice(0, 1000)),
    ]),
  ];
}

function lineageQuestions(id: string, i: number): Question[] {
  return (['ancestors', 'descendants'] as const).flatMap((direction) =>
    [null, i % 4].map((depth): Question => [
      `${direction} of ${id} to depth ${depth}`,
      (store) => store.lineage(id, direction, depth),
    ]),
  );
}

function filters(times: readonly string[]): CapsuleFilter[] {
  const narrowing: CapsuleFilter[] = [
    {},
    { includeArchived: true },
    { includeRetracted: true },
    { includeArchived: true, includeRetracted: true },
    ...[10, 40, 60, 80, 100].map((minTrust) => ({ minTrust })),
    { types: ['code', 'decision'] },
    ...HISTORY_TAGS.map((_, i) => ({ tags: HISTORY_TAGS.slice(i, i + 2) })),
    ...HISTORY_OWNERS.map((ownerId) => ({ ownerId })),
    ...[...HISTORY_COLLECTIONS, 'doc'].map((collection) => ({ collection })),
    { ownerId: 'owner-a', types: ['insight', 'knowledge'], collection: 'docs', includeArchived: true },
  ];
  const timed = times.flatMap((time, i): CapsuleFilter[] => {
    const also: CapsuleFilter[] = [
      { asOf: time, includeArchived: true, includeRetracted: true },
      { asOf: time, ...narrowing[i % narrowing.length] },
      { validAt: time, includeRetracted: true },
      { createdFrom: time },
      { createdTo: time },
    ];
    return [{ asOf: time }, ...also.slice(i % also.length, (i % also.length) + 1)];
  });
  return [...narrowing, ...timed];
}

function entryQuestions(
  ids: readonly string[],
  series: readonly string[],
  times: readonly string[],
  correlations: readonly string[],
): Partial<LedgerQuery>[] {
  return [
    {},
    { order: 'newest' },
    ...ids.map((entityId) => ({ entityId })),
    ...series.map((stream) => ({ stream, order: 'newest' as const })),
    ...HISTORY_OWNERS.map((actor) => ({ actor })),
    ...['capsule.trust_changed.v1', 'pipeline.executed.v1', 'none.v1'].map((type) => ({ type })),
    ...correlations.map((correlationId) => ({ correlationId })),
    ...times.filter((_, i) => i % 5 === 0).map((from) => ({ from, actor: 'owner-b' })),
    ...times.filter((_, i) => i % 5 === 1).map((to) => ({ to, order: 'newest' as const })),
  ];
}

function searchQuestions(times: readonly string[]): Question[] {
  const queries = [...HISTORY_WORDS, 'ledger proof', 'run appeal "trust lineage"', 'glucos', 'titrtion', 'the', ''];
  const some = filters(times);
  return queries.flatMap((query, i) =>
    [{}, ...Array.from({ length: 6 }, (_, j) => some[(i * 7 + j * 11) % some.length] ?? {})].map((filter): Question => [
      `search ${JSON.stringify(query)} ${JSON.stringify(filter)}`,
      async (store) => new Ranking(await everyHit(store, query, filter)),
    ]),
  );
}

/** Asked only where a model serves. */
function meaningQuestions(ids: readonly string[], times: readonly string[]): Question[] {
  const some = filters(times);
  const filterAt = (i: number): CapsuleFilter => some[(i * 13) % some.length] ?? {};
  const searches = HISTORY_WORDS.slice(0, 8).flatMap((word, i) =>
    [{}, filterAt(i), filterAt(i + 9)].map((filter): Question => [
      `search for what means ${word} ${JSON.stringify(filter)}`,
      async (store) => new Ranking(await everyHit(store, word, filter, letters(word)[0])),
    ]),
  );
  const likenesses = ids.slice(-12).flatMap((id, i) =>
    [{}, filterAt(i)].map((filter): Question => [
      `like ${id} ${JSON.stringify(filter)}`,
      async (store) => {
        const page = await store.similar({ id, filter, limit: 100 });
        return page === null ? null : new Ranking(page.items);
      },
    ]),
  );
  return [...searches, ...likenesses];
}

async function everyCapsule(store: Store, filter: CapsuleFilter) {
  const items = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(filter, 50, cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

async function everyHit(
  store: Store,
  query: string,
  filter: CapsuleFilter,
  values?: Float32Array,
): Promise<SearchHit[]> {
  const items: SearchHit[] = [];
  const vector = values === undefined ? null : { model: MODEL, values };
  let cursor: string | null = null;
  do {
    const request = { query, filter, limit: 40, cursor, explain: false, includeContent: false, vector };
    const page: Awaited<ReturnType<Store['search']>> = await store.search(request);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Entries but those about the store itself, which are each store's own. */
async function everyEntry(store: Store, query: Partial<LedgerQuery>) {
  const items = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['entries']>> = await store.entries({
      order: 'oldest',
      limit: 200,
      ...query,
      cursor,
    });
    items.push(...page.items.filter(({ envelope }) => !OWN_TYPES.includes(envelope.type)));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
