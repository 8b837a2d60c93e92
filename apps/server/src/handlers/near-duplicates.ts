/** What a create points out beside what it made. It was made by then: whatever happens here, it is answered. @module */
import type { NearDuplicateBody } from '@forge-cascade/api';
import { findNearDuplicates, type CapsuleRecord, type NearDuplicate } from '@forge-cascade/core';
import type { ServerParts } from '../http/server-parts.js';

/** How long an answer waits for them, in milliseconds: a search index that is being rebuilt can take longer. */
const PATIENCE_MS = 500;

export async function nearDuplicates(
  { store, log }: Pick<ServerParts, 'store' | 'log'>,
  capsule: CapsuleRecord,
  correlationId: string,
): Promise<{ near_duplicates?: NearDuplicateBody[] }> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<null>((give) => (timer = setTimeout(give, PATIENCE_MS, null)));
  try {
    // Until there are identities, whoever may write may see everything.
    const found = await Promise.race([findNearDuplicates(store, capsule, {}), patience]);
    if (found === null) log.warn({ correlation_id: correlationId }, 'gave up looking for near-duplicates');
    if (found === null || found.length === 0) return {};
    return { near_duplicates: found.map(nearDuplicateBody) };
  } catch (error) {
    log.warn({ correlation_id: correlationId, err: error }, 'could not look for near-duplicates');
    return {};
  } finally {
    clearTimeout(timer);
  }
}

function nearDuplicateBody(near: NearDuplicate): NearDuplicateBody {
  const { id, seriesId, title, collection, resemblance, inThis, inNew, parts } = near;
  return { id, series_id: seriesId, title, collection, resemblance, in_this: inThis, in_new: inNew, parts };
}
