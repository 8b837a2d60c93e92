/**
 * The importer's view of the memory, over the typed client.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Client, type LineageBody } from '@forge-cascade/api';
import { BatchRefused, type ImportTarget, type StoredSeries } from '../import/import-target.js';

/** Refusals that are about an item and would be the same next time. */
const ITEM_CODES: ReadonlySet<string> = new Set([
  'MALFORMED_REQUEST',
  'INVALID_INPUT',
  'TOO_LARGE',
  'CAPSULE_NOT_FOUND',
  'KEY_TAKEN',
  'STATE_CONFLICT',
  'POLICY_DENIED',
  'REVIEWER_REQUIRED',
]);

const ATTEMPTS = 5;

export function importTarget(client: Client): ImportTarget {
  return {
    async existing(collection) {
      const found: StoredSeries[] = [];
      let cursor: string | null = null;
      do {
        const query = {
          collection,
          limit: 500,
          include_archived: true,
          include_retracted: true,
          ...(cursor !== null && { cursor }),
        };
        const { body }: Awaited<ReturnType<Client['listCapsules']>> = await client.listCapsules({ query });
        for (const { series_id, key, title, archived } of body.items) {
          if (key !== null) found.push({ seriesId: series_id, key, title, archived });
        }
        cursor = body.next_cursor;
      } while (cursor !== null);
      return found;
    },
    async write(items) {
      try {
        const { body } = await patiently(() => client.createCapsules({ body: { items: [...items] } }));
        return body.items.map(({ result, capsule }) => ({
          id: capsule.id,
          seriesId: capsule.series_id,
          result,
          archived: capsule.archived,
        }));
      } catch (error) {
        if (!(error instanceof ApiError) || !ITEM_CODES.has(error.code)) throw error;
        // The place of an item in its batch means nothing to whoever reads the report.
        throw new BatchRefused(
          error.message.replace(/^Item \d+: /, '').replace(/\bitems\[\d+\]\.?/g, ''),
          indexesOf(error),
        );
      }
    },
    async origin(seriesId) {
      const params = { id: seriesId };
      const { body: head } = await client.getCapsule({ params });
      const { body: versions } = await client.listVersions({ params });
      // A version written by hand rests on the one before it alone, so the edge may be as many steps away.
      const query = { depth: versions.items.length, format: 'json' as const };
      const lineage = (await client.getLineage({ params: { id: head.id }, query })).body as LineageBody;
      const seriesOf = new Map(lineage.nodes.map(({ id, series_id }) => [id, series_id]));
      const parents = lineage.edges
        .filter(({ child, relation }) => relation === 'fork' && seriesOf.get(child) === seriesId)
        .flatMap(({ parent }) => seriesOf.get(parent) ?? []);
      return { metadata: head.metadata, forkOf: new Set(parents) };
    },
    async archived(key) {
      // By key alone: others may own a series of the same name.
      const { body } = await client.listCapsules({ query: { key } });
      const [own] = body.items;
      if (own?.archived !== true) return null;
      const query = { series: own.series_id, type: 'capsule.archived.v1', limit: 1 };
      const { body: events } = await client.getAuditLog({ query });
      const reason = events.items[0]?.payload?.['reason'];
      return { seriesId: own.series_id, reason: typeof reason === 'string' ? reason : null };
    },
    async archive(seriesId, reason) {
      await patiently(() => client.archiveCapsule({ params: { id: seriesId }, query: { reason } }));
    },
    async unarchive(seriesId, reason) {
      await patiently(() => client.unarchiveCapsule({ params: { id: seriesId }, body: { reason } }));
    },
  };
}

function indexesOf({ problem }: ApiError): number[] {
  if (problem === null) return [];
  const named = (problem.errors ?? []).flatMap(({ field }) => /^items\[(\d+)\]/.exec(field)?.[1] ?? []);
  return [...new Set([...(problem.index === undefined ? [] : [problem.index]), ...named.map(Number)])];
}

/** Other writers may be busy; that passes. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof ApiError && (error.code === 'CONTENTION' || error.code === 'UNAVAILABLE');
      if (!passing || attempt === ATTEMPTS) throw error;
      await delay((error.retryAfter ?? 0.1 * 2 ** attempt) * 1_000);
    }
  }
}
