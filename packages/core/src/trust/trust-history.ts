/** Use case: how a capsule came by its trust. @module */
import { loadCapsule } from '../capsule/access.js';
import type { TrustCause } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { CapsuleReader, Page } from '../ports/capsule-reader.js';
import type { LedgerEntry, LedgerReader } from '../ports/ledger-reader.js';
import { bandOf, type TrustBand } from './trust-level.js';

/** One change of trust. What was erased is null. */
export interface TrustHistoryEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly from: number | null;
  readonly to: number | null;
  /** The band of `to`. */
  readonly band: TrustBand | null;
  readonly cause: TrustCause | null;
  readonly signal: string | null;
  readonly reason: string | null;
  readonly evidence: JsonObject | null;
  readonly actor: string;
  readonly seq: number;
}

/**
 * Newest first.
 * @param ref a version, or a series for its head.
 * @param page `limit` 1–1,000, 100 when absent.
 * @throws DomainError CAPSULE_NOT_FOUND, INVALID_INPUT for a limit or cursor that is none.
 */
export async function trustHistory(
  ports: CapsuleReader & LedgerReader,
  ref: string,
  page: { readonly limit?: number; readonly cursor?: string | null } = {},
): Promise<Page<TrustHistoryEntry>> {
  const { id } = await loadCapsule(ports, ref);
  const { items, nextCursor } = await ports.entries({
    entityId: id,
    type: 'capsule.trust_changed.v1',
    order: 'newest',
    limit: page.limit ?? 100,
    cursor: page.cursor ?? null,
  });
  return { items: items.map(historyEntry), nextCursor };
}

function historyEntry({ envelope, payload }: LedgerEntry): TrustHistoryEntry {
  const to = (payload?.['to'] ?? null) as number | null;
  return {
    at: envelope.timestamp,
    from: (payload?.['from'] ?? null) as number | null,
    to,
    band: to === null ? null : bandOf(to),
    cause: (payload?.['cause'] ?? null) as TrustCause | null,
    signal: (payload?.['signal'] ?? null) as string | null,
    reason: (payload?.['reason'] ?? null) as string | null,
    evidence: (payload?.['evidence'] ?? null) as JsonObject | null,
    actor: envelope.actor,
    seq: envelope.seq,
  };
}
