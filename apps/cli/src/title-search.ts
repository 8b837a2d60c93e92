/**
 * Capsules by their title, out of what search finds for it. In a big store the sections of a document stand before the
 * document itself, for they carry its title and more of its words; so each of them is asked for its document.
 * @module
 */
import { ApiError, type CapsuleHeaderBody, type Client } from '@forge-cascade/api';

/** A capsule that may be meant: the head of its series. */
export interface TitledCapsule {
  readonly id: string;
  readonly seriesId: string;
  readonly title: string;
}

export interface TitleMatches {
  /** Those with exactly this title; when there are none, those whose title begins with these words. */
  readonly named: readonly TitledCapsule[];
  /** What else was found, the likeliest first: a few, to be offered when nothing is named. */
  readonly nearest: readonly TitledCapsule[];
}

/** Between a document's title and the heading of its section. */
const SECTION_MARK = ' › ';
/** Hits of one search page, the most it may have. */
const PAGE = 100;
/** Who is named by telling words stands on the first pages of a search for them. */
const SEARCHED_PAGES = 3;
/** `PEP 3` tells little where all titles begin with PEP and versions are full of threes: then titles are read in turn. */
const LISTED_PAGE = 500;
const LISTED_PAGES = 50;
const NEAREST = 5;

/** Archived and retracted capsules are not found, as in any search. */
export async function searchTitles(client: Client, title: string): Promise<TitleMatches> {
  const documentOf = documentFinder(client);
  const named = new NamedCapsules(folded(title), documentOf);
  let nearest: readonly TitledCapsule[] | null = null;
  for await (const hits of searched(client, title)) {
    nearest ??= await firstDocuments(hits, documentOf);
    const alike = await named.take(hits);
    // Whatever else is called so has all of its words as well, so it would stand near.
    if (alike === 0 && named.all.length > 0) break;
  }
  if (named.all.length === 0) for await (const capsules of listed(client)) await named.take(capsules);
  return { named: named.all, nearest: nearest ?? [] };
}

async function* searched(client: Client, q: string): AsyncGenerator<readonly CapsuleHeaderBody[]> {
  let more: { cursor?: string } = {};
  for (let page = 0; page < SEARCHED_PAGES; page++) {
    const { body } = await client.postSearch({ body: { q, limit: PAGE, min_trust: 0, ...more } });
    yield body.items.map(({ capsule }) => capsule);
    if (body.next_cursor === null) return;
    more = { cursor: body.next_cursor };
  }
}

async function* listed(client: Client): AsyncGenerator<readonly CapsuleHeaderBody[]> {
  let more: { cursor?: string } = {};
  for (let page = 0; page < LISTED_PAGES; page++) {
    const { body } = await client.listCapsules({ query: { limit: LISTED_PAGE, min_trust: 0, ...more } });
    yield body.items;
    if (body.next_cursor === null) return;
    more = { cursor: body.next_cursor };
  }
}

class NamedCapsules {
  private readonly exact = new Map<string, TitledCapsule>();
  private readonly beginning = new Map<string, TitledCapsule>();

  constructor(
    private readonly wanted: string,
    private readonly documentOf: DocumentFinder,
  ) {}

  get all(): readonly TitledCapsule[] {
    return [...(this.exact.size > 0 ? this.exact : this.beginning).values()];
  }

  /** @returns how many of them have titles that begin as wanted, those of sections included */
  async take(capsules: readonly CapsuleHeaderBody[]): Promise<number> {
    const alike = capsules.filter(({ title }) => startsWithWords(folded(title), this.wanted));
    for (const capsule of alike) {
      const full = folded(capsule.title);
      if (full === this.wanted) this.exact.set(capsule.series_id, titled(capsule));
      // Enough are known to refuse, so only the document of a section that may be called exactly so is asked for.
      const enough = this.beginning.size >= NEAREST && !full.startsWith(this.wanted + SECTION_MARK);
      const document = enough ? null : await this.documentOf(capsule);
      if (document !== null) this.add(document);
    }
    return alike.length;
  }

  private add(document: TitledCapsule): void {
    const full = folded(document.title);
    if (full === this.wanted) this.exact.set(document.seriesId, document);
    else if (startsWithWords(full, this.wanted)) this.beginning.set(document.seriesId, document);
  }
}

type DocumentFinder = (hit: CapsuleHeaderBody) => Promise<TitledCapsule | null>;

/** Gives a section's document, any other capsule itself, and null for one whose document search would not show. */
function documentFinder(client: Client): DocumentFinder {
  const parents = new Map<string, Promise<readonly CapsuleHeaderBody[]>>();
  const parentOf = (id: string): Promise<readonly CapsuleHeaderBody[]> => {
    const known = parents.get(id) ?? versionAndHead(client, id);
    parents.set(id, known);
    return known;
  };
  return async (hit) => {
    const own = hit.title ?? '';
    if (!own.includes(SECTION_MARK) || hit.parent_id === null) return titled(hit);
    const versions = await parentOf(hit.parent_id);
    const head = versions.at(-1);
    if (head === undefined) return null;
    if (!versions.some(({ title }) => title !== null && own.startsWith(title + SECTION_MARK))) return titled(hit);
    return head.archived || head.retracted ? null : titled(head);
  };
}

/** Empty for one that cannot be read: erased, or not for this reader. */
async function versionAndHead(client: Client, id: string): Promise<readonly CapsuleHeaderBody[]> {
  try {
    const { body } = await client.getCapsule({ params: { id } });
    return body.is_head ? [body] : [body, (await client.getCapsule({ params: { id: body.head_id } })).body];
  } catch (error) {
    if (error instanceof ApiError && [403, 404, 410].includes(error.status)) return [];
    throw error;
  }
}

async function firstDocuments(
  hits: readonly CapsuleHeaderBody[],
  documentOf: DocumentFinder,
): Promise<TitledCapsule[]> {
  const first = new Map<string, TitledCapsule>();
  for (const hit of hits) {
    if (first.size === NEAREST) break;
    const document = await documentOf(hit);
    if (document !== null) first.set(document.seriesId, document);
  }
  return [...first.values()];
}

function titled({ id, series_id: seriesId, title }: CapsuleHeaderBody): TitledCapsule {
  return { id, seriesId, title: title ?? '' };
}

function folded(title: string | null): string {
  return (title ?? '').normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** `pep 566` begins `pep 566: metadata …`, not `pep 5660`. */
function startsWithWords(full: string, words: string): boolean {
  return full.startsWith(words) && !/^[\p{L}\p{N}]/u.test(full.slice(words.length));
}
