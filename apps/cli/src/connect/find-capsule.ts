/**
 * Which capsule is meant: by id, by the beginning or end of one, by key, or by title when that is clear.
 * @module
 */
import type { CapsuleHeaderBody, Client } from '@forge-cascade/api';
import { CommandFailure, UsageError } from '../usage-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID_START = /^[0-9a-f]{8}-?[0-9a-f]{0,4}(?:-[0-9a-f-]{0,22})?$/i;
const ID_END = /^(?:…|\.{2,3})([0-9a-f-]{8,})$/i;

/** Milliseconds around the time in an id within which its capsule was written. */
const WRITTEN_WITHIN = { before: 5_000, after: 10 * 60_000 };

const SHOWN_CANDIDATES = 10;

/**
 * The id to ask the service for.
 * @throws CommandFailure when nothing or more than one capsule is meant, listing candidates
 */
export async function findCapsule(client: Client, reference: string): Promise<string> {
  const text = reference.trim();
  if (text === '') throw new UsageError('An empty name means no capsule.');
  if (UUID.test(text)) return text.toLowerCase();
  if (text.startsWith('key:')) {
    const found = await byKey(client, text.slice('key:'.length));
    if (found !== null) return found;
    throw new CommandFailure(`No capsule has the key "${text.slice('key:'.length)}".`, 'Keys are shown by `forge search` and `forge capsule get`.');
  }
  const end = ID_END.exec(text)?.[1];
  if (end !== undefined) return only(text, await byIdEnd(client, end.toLowerCase()));
  if (ID_START.test(text)) return only(text, await byIdStart(client, text.toLowerCase()));
  return (await byKey(client, text)) ?? byTitle(client, text);
}

async function byKey(client: Client, key: string): Promise<string | null> {
  if (key === '' || key.length > 500) return null;
  const { body } = await client.listCapsules({ query: { key } });
  return body.items[0]?.id ?? null;
}

/** A capsule as far as finding it goes. */
type Candidate = Pick<CapsuleHeaderBody, 'id' | 'series_id' | 'title' | 'version'>;

/** An id begins with the moment it was made, so only capsules of about that time need looking at. */
async function byIdStart(client: Client, start: string): Promise<readonly Candidate[]> {
  const digits = start.replaceAll('-', '').slice(0, 12);
  const from = Number.parseInt(digits.padEnd(12, '0'), 16);
  const to = Number.parseInt(digits.padEnd(12, 'f'), 16);
  const window = { from: moment(from - WRITTEN_WITHIN.before), to: moment(to + WRITTEN_WITHIN.after) };
  if (window.from === null || window.to === null) return [];
  const begins = (id: string): boolean => id.startsWith(start) || id.replaceAll('-', '').startsWith(start);
  const heads: Candidate[] = [];
  const range = { created_from: window.from, created_to: window.to };
  for await (const head of listed(client, range)) if (begins(head.id) || begins(head.series_id)) heads.push(head);
  if (heads.length > 0) return heads;
  return byIdStartInLedger(client, begins, window.from, window.to);
}

/** Versions that are no longer heads, and series that have moved on since, are found where they were written. */
async function byIdStartInLedger(
  client: Client,
  begins: (id: string) => boolean,
  from: string,
  to: string,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const type of ['capsule.created.v1', 'capsule.versioned.v1']) {
    let cursor: string | null = null;
    do {
      const query = { type, from, to, limit: 1_000, ...(cursor !== null && { cursor }) };
      const { body }: Awaited<ReturnType<Client['getAuditLog']>> = await client.getAuditLog({ query });
      for (const { entity_id: id, payload } of body.items) {
        const series = payload === null ? '' : String(payload['series_id']);
        if (!begins(id) && !begins(series)) continue;
        const title = typeof payload?.['title'] === 'string' ? payload['title'] : null;
        found.push({ id: begins(id) ? id : series, series_id: series, title, version: String(payload?.['version']) });
      }
      cursor = body.next_cursor;
    } while (cursor !== null);
  }
  return found;
}

async function byIdEnd(client: Client, end: string): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for await (const head of listed(client, {})) {
    if (head.id.endsWith(end) || head.series_id.endsWith(end)) found.push(head);
  }
  return found;
}

async function* listed(
  client: Client,
  filter: { readonly created_from?: string; readonly created_to?: string },
): AsyncGenerator<CapsuleHeaderBody> {
  let cursor: string | null = null;
  do {
    const query = { ...filter, limit: 500, include_archived: true, include_retracted: true, ...(cursor !== null && { cursor }) };
    const { body }: Awaited<ReturnType<Client['listCapsules']>> = await client.listCapsules({ query });
    yield* body.items;
    cursor = body.next_cursor;
  } while (cursor !== null);
}

async function byTitle(client: Client, text: string): Promise<string> {
  const { body } = await client.postSearch({ body: { q: text.slice(0, 4_000), limit: 50, include_archived: true, include_retracted: true } });
  const hits = body.items.map(({ capsule }) => capsule);
  const exact = hits.filter(({ title }) => title?.toLowerCase() === text.toLowerCase());
  if (exact.length === 1 && exact[0] !== undefined) return exact[0].id;
  const named = hits.filter(({ title }) => opens(title, text));
  if (named.length === 1 && named[0] !== undefined) return named[0].id;
  const candidates = exact.length > 0 ? exact : named.length > 0 ? named : hits;
  if (candidates.length === 0) {
    throw new CommandFailure(`Nothing is called "${text}".`, 'Look for it with `forge search`, then give its id or key:NAME.');
  }
  throw ambiguous(`"${text}" is not the title of exactly one capsule.`, candidates);
}

/** `PEP 566` opens `PEP 566: Metadata …`, but names none of its sections. */
function opens(title: string | null, text: string): boolean {
  if (title === null || title.includes(' › ')) return false;
  return title.toLowerCase().startsWith(text.toLowerCase()) && !/^[\p{L}\p{N}]/u.test(title.slice(text.length));
}

function only(text: string, candidates: readonly Candidate[]): string {
  const [first] = candidates;
  if (first === undefined) throw new CommandFailure(`No capsule has an id like ${text}.`, 'Give the whole id, or key:NAME.');
  const ids = new Set(candidates.map(({ id }) => id));
  const series = new Set(candidates.map(({ series_id }) => series_id));
  if (ids.size === 1 || (series.size === 1 && candidates.length === 1)) return first.id;
  throw ambiguous(`${ids.size} capsules have an id like ${text}.`, candidates);
}

function ambiguous(message: string, candidates: readonly Candidate[]): CommandFailure {
  const lines = candidates.slice(0, SHOWN_CANDIDATES).map(({ id, title }) => `  ${id}  ${title ?? '(untitled)'}`);
  const more = candidates.length > SHOWN_CANDIDATES ? `\n  … and ${candidates.length - SHOWN_CANDIDATES} more` : '';
  return new CommandFailure(message, `Give one of these ids, or more of it:\n${lines.join('\n')}${more}`);
}

function moment(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9_999 || ms < 0 ? null : date.toISOString();
}
