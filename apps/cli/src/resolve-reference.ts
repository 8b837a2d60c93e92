/**
 * What people type for a capsule: an id, `key:NAME`, or enough of a title.
 * @module
 */
import type { Client } from '@forge-cascade/api';
import { searchTitles } from './title-search.js';
import { CommandFailure } from './usage-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const KEY = /^key:(.+)$/s;
const CHOICES = 5;

/** @throws CommandFailure naming the candidates when a title does not mean exactly one series. */
export async function resolveReference(client: Client, reference: string): Promise<string> {
  if (UUID.test(reference)) return reference;
  const key = KEY.exec(reference)?.[1];
  if (key !== undefined) return byKey(client, key);
  return byTitle(client, reference);
}

async function byKey(client: Client, key: string): Promise<string> {
  const { body } = await client.listCapsules({ query: { key, limit: 1 } });
  const found = body.items[0];
  if (found === undefined)
    throw new CommandFailure(`No capsule has the key ${key}.`, 'Look for it with `forge search`.');
  return found.series_id;
}

async function byTitle(client: Client, title: string): Promise<string> {
  const { named, nearest } = await searchTitles(client, title);
  if (named.length === 1 && named[0] !== undefined) return named[0].seriesId;
  const choices = (named.length > 0 ? named : nearest)
    .slice(0, CHOICES)
    .map(({ id, title: full }) => `  ${id}  ${full}`);
  throw new CommandFailure(
    named.length === 0 ? `No capsule is called ${title}.` : `Several capsules are called ${title}.`,
    choices.length === 0 ? 'Give an id or key:NAME.' : `Give an id or key:NAME. Nearest:\n${choices.join('\n')}`,
  );
}
