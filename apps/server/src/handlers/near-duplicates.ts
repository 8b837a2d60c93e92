/** What a create points out beside what it made. It was made by then: whatever happens here, it is answered. @module */
import { findNearDuplicates, type CapsuleRecord } from '@forge-cascade/core';
import type { ServerParts } from '../http/server-parts.js';

/** How long an answer waits for them, in milliseconds: a search index that is being rebuilt can take longer. */
const PATIENCE_MS = 500;

export async function nearDuplicates(
  { store, log }: Pick<ServerParts, 'store' | 'log'>,
  capsule: CapsuleRecord,
  correlationId: string,
): Promise<{ near_duplicates?: { id: string; series_id: string; title: string | null; resemblance: number }[] }> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<null>((give) => (timer = setTimeout(give, PATIENCE_MS, null)));
  try {
    // Until there are identities, whoever may write may see everything.
    const found = await Promise.race([findNearDuplicates(store, capsule, {}), patience]);
    if (found === null) log.warn({ correlation_id: correlationId }, 'gave up looking for near-duplicates');
    if (found === null || found.length === 0) return {};
    const body = found.map(({ id, seriesId, title, resemblance }) => ({ id, series_id: seriesId, title, resemblance }));
    return { near_duplicates: body };
  } catch (error) {
    log.warn({ correlation_id: correlationId, err: error }, 'could not look for near-duplicates');
    return {};
  } finally {
    clearTimeout(timer);
  }
}
